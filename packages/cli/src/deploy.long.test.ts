/**
 * What deployments stand on, built and run: the image from a Debian root, by buildah, without a registry; the recipes for proxies in
 * the proxies' own checkers. Needs buildah, debootstrap, caddy, nginx and openssl, and a user who may make containers.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
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
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { checkout, cleanMachine, stay } from './testing/process.ts';

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

/** Runs a program until the test ends. */
const running: ChildProcess[] = [];
afterAll(() => {
  for (const child of running) child.kill('SIGTERM');
});

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
};

/** A key and a certificate of our own, as the recipes name them. */
const certify = (): void => {
  const [key, certificate] = [join(folder, 'privkey.pem'), join(folder, 'fullchain.pem')];
  const words = [
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
  ];
  run('/usr/bin/openssl', words);
};

/** The recipe with our certificate, ports and servers behind it; gives what starts the program. */
const proxies = {
  nginx: (port: number, node: number, gateway: number): readonly [string, readonly string[]] => {
    const recipe = readFileSync(join(kit, 'nginx/atoma.conf'), 'utf8')
      .replaceAll(/\/etc\/letsencrypt\/live\/[^/]+/g, folder)
      .replaceAll('listen 443', `listen 127.0.0.1:${port}`)
      .replace('127.0.0.1:8080', `127.0.0.1:${node}`)
      .replace('127.0.0.1:8090', `127.0.0.1:${gateway}`);
    writeFileSync(join(folder, 'nginx.conf'), `daemon off; pid ${folder}/pid;\nevents {}\nhttp {\n${recipe}\n}\n`);
    const words = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')];
    run('/usr/sbin/nginx', ['-t', ...words]);
    return ['/usr/sbin/nginx', words];
  },
  caddy: (port: number, node: number, gateway: number): readonly [string, readonly string[]] => {
    run('/usr/bin/caddy', ['validate', '--adapter', 'caddyfile', '--config', join(kit, 'caddy/Caddyfile')]);
    const recipe = readFileSync(join(kit, 'caddy/Caddyfile'), 'utf8')
      .replace('{\n', '{\n\tadmin off\n\tauto_https off\n')
      .replaceAll(
        /^(\w+\.example\.org) \{/gm,
        `https://$1:${port} {\n\ttls ${folder}/fullchain.pem ${folder}/privkey.pem`,
      )
      .replace('127.0.0.1:8080', `127.0.0.1:${node}`)
      .replace('127.0.0.1:8090', `127.0.0.1:${gateway}`);
    writeFileSync(join(folder, 'Caddyfile'), recipe);
    return ['/usr/bin/caddy', ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')]];
  },
};

test.each(['caddy', 'nginx'] as const)(
  '%s passes answers on as they come, hides figures and names its client',
  async (name) => {
    need({ '/usr/bin/caddy': 'caddy', '/usr/sbin/nginx': 'nginx-light', '/usr/bin/openssl': 'openssl' });
    need({ '/usr/bin/curl': 'curl' });
    certify();
    const machine = cleanMachine();
    const market = await stay(machine, 'up --nodes 1 --port 0 --json');
    const behind = createServer((incoming, outgoing) => {
      outgoing.end(JSON.stringify({ path: incoming.url, client: incoming.headers['x-forwarded-for'] }));
    }).listen(0, '127.0.0.1');
    await once(behind, 'listening');
    try {
      const port = await freePort();
      const gateway = Number(new URL(market.facts.base_url ?? '').port);
      const [program, args] = proxies[name](port, (behind.address() as AddressInfo).port, gateway);
      running.push(spawn(program, args, { env: { ...env, HOME: folder }, stdio: 'ignore' }));
      // Not waited for by blocking: a server behind the proxy runs in this process.
      const curl = async (host: string, path: string, ...more: readonly string[]): Promise<string> => {
        const words = [
          ...['-sSk', '--retry', '20', '--retry-connrefused', '--resolve', `${host}:${port}:127.0.0.1`],
          ...[`https://${host}:${port}${path}`, ...more],
        ];
        return (await promisify(execFile)('/usr/bin/curl', words)).stdout;
      };
      const shown = await curl('node.example.org', '/health', '-H', 'X-Forwarded-For: 203.0.113.9');
      expect(JSON.parse(shown)).toEqual({ path: '/health', client: '127.0.0.1' });
      expect(await curl('node.example.org', '/metrics', '-o', '/dev/null', '-w', '%{http_code}')).toBe('404');
      const body = {
        model: 'atoma/demo-chat',
        stream: true,
        messages: [{ role: 'user', content: 'What is a stack?' }],
      };
      const key = `Authorization: Bearer ${market.facts.key}`;
      const json = ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)];
      const answer = await curl('gateway.example.org', '/v1/chat/completions', '-N', '-H', key, ...json);
      expect(answer.match(/^data: /gm)?.length).toBeGreaterThan(3);
      expect(answer.trimEnd().endsWith('data: [DONE]')).toBe(true);
    } finally {
      for (const child of running.splice(0)) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      behind.close();
      await market.end();
    }
  },
);
