import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A process that has ended and whose parent has not asked for its end yet; known on Linux only. */
const isZombie = (pid: number): boolean => {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** Whether the system still has a process of that number, running or not. */
const isListed = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Whether a process runs. */
export const isAlive = (pid: number): boolean => isListed(pid) && !isZombie(pid);

const [GONE_MS, LOOK_MS] = [10_000, 20];

/** Waits until a process that has ended is off the system's list too: others that ask whether it is there see no zombie. */
export const untilGone = async (pid: number): Promise<void> => {
  for (const deadline = Date.now() + GONE_MS; isListed(pid) && isZombie(pid) && Date.now() < deadline; )
    await pause(LOOK_MS);
};
