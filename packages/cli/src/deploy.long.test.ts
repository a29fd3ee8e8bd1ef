/**
 * What deployments stand on, built and run: the image from a Debian root, by buildah, without a registry; the recipes for proxies in
 * the proxies' own checkers. Needs buildah, debootstrap, caddy, nginx and openssl, and a user who may make containers.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { checkout } from './testing/process.ts';

const kit = join(checkout, 'deploy');
const folder = mkdtempSync(join(tmpdir(), 'atoma-image-'));
const env = { ...process.env, STORAGE_DRIVER: 'vfs', BUILDAH_ISOLATION: 'chroot', DEBIAN_FRONTEND: 'noninteractive' };
const run = (program: string, words: readonly string[]): string =>
  execFileSync(program, words, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Fails with the names of what is to be installed. */
const need = (programs: Readonly<Record<string, string>>): void => {
  const missing = Object.entries(programs).filter(([program]) => !existsSync(program));
  expect(
    missing.map(([, name]) => name),
    'apt-get install',
  ).toEqual([]);
};

test('the image is built from a Debian root and Node, and runs the whole market as nobody in particular', () => {
  need({ '/usr/bin/buildah': 'buildah', '/usr/sbin/debootstrap': 'debootstrap' });
  const base = join(folder, 'root');
  run('/usr/sbin/debootstrap', ['--variant=minbase', 'bookworm', base, 'http://deb.debian.org/debian']);
  mkdirSync(join(base, 'usr/local/bin'), { recursive: true });
  copyFileSync(process.execPath, join(base, 'usr/local/bin/node'));
  run('tar', ['-C', base, '--exclude=./proc/*', '--exclude=./sys/*', '--exclude=./dev/*', '-cf', 'root.tar', '.']);
  writeFileSync(join(folder, 'base.Dockerfile'), 'FROM scratch\nADD root.tar /\n');
  cpSync(join(kit, 'container'), folder, { recursive: true });
  run(process.execPath, [join(checkout, 'tools/pack/pack.ts'), folder]);
  run('/usr/bin/buildah', ['bud', '-t', 'atoma-base', '-f', 'base.Dockerfile', '.']);
  run('/usr/bin/buildah', ['bud', '--build-arg', 'BASE=localhost/atoma-base', '-t', 'atoma', '.']);
  const container = run('/usr/bin/buildah', ['from', 'localhost/atoma']).trim();
  try {
    const inside = (line: string): string => run('/usr/bin/buildah', ['run', container, '--', 'sh', '-c', line]);
    expect(inside('id -u')).toBe('65532\n');
    expect(inside('touch /opt/x 2>/dev/null || echo no')).toBe('no\n');
    expect(inside('atoma demo')).toContain('every unit is found');
    expect(inside('stat -c %a /var/lib/atoma')).toBe('700\n');
  } finally {
    run('/usr/bin/buildah', ['rm', container]);
    run('/usr/bin/buildah', ['rmi', 'localhost/atoma', 'localhost/atoma-base']);
  }
});

const compose = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      user: z.string().optional(),
      read_only: z.boolean().optional(),
      cap_drop: z.array(z.string()).optional(),
      ports: z.array(z.string()).default([]),
    }),
  ),
});

test.each(readdirSync(join(kit, 'container')).filter((name) => name.endsWith('.yaml')))(
  '%s: our programs run confined, their ports are on loopback',
  (name) => {
    const { services } = compose.parse(parse(readFileSync(join(kit, 'container', name), 'utf8')));
    const ours = Object.values(services).filter(({ image }) => image === 'atoma');
    expect(ours).toHaveLength(1);
    for (const one of ours) expect(one).toMatchObject({ user: '65532:65532', read_only: true, cap_drop: ['ALL'] });
    for (const { ports } of Object.values(services)) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  },
);

test('Caddy and nginx take their recipes', () => {
  need({ '/usr/bin/caddy': 'caddy', '/usr/sbin/nginx': 'nginx-light', '/usr/bin/openssl': 'openssl' });
  run('/usr/bin/caddy', ['validate', '--adapter', 'caddyfile', '--config', join(kit, 'caddy/Caddyfile')]);
  const [key, certificate] = [join(folder, 'privkey.pem'), join(folder, 'fullchain.pem')];
  run('/usr/bin/openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=x',
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  const recipe = readFileSync(join(kit, 'nginx/atoma.conf'), 'utf8').replaceAll(
    /\/etc\/letsencrypt\/live\/[^/]+/g,
    folder,
  );
  writeFileSync(join(folder, 'nginx.conf'), `pid ${folder}/pid;\nevents {}\nhttp {\n${recipe}\n}\n`);
  run('/usr/sbin/nginx', ['-t', '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')]);
});
