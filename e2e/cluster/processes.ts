import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'seda-e2e-cluster-';

// Ends every process whose number is in the folder, and the folder. A number alone proves nothing, as it may
// have been given to somebody else since: what we started has the folder in its command line.
const sweeper = `
for file in "$1"/*.pid; do
  [ -f "$file" ] || continue
  pid=$(cat "$file")
  case "$(ps -o args= -p "$pid")" in *"$1"*) kill -KILL "$pid" ;; esac
done
# A process that was just killed may hold its cgroup for a moment.
if [ -f "$1/cgroups" ]; then
  for try in 1 2 3 4 5 6 7 8 9 10; do
    left=$(find $(cat "$1/cgroups") -depth -type d 2> /dev/null)
    [ -n "$left" ] || break
    [ "$try" = 1 ] || sleep 0.3
    rmdir $left 2> /dev/null
  done
fi
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`;

/**
 * A temp folder and the processes that work in it. Both are gone when this process is, however it ends:
 * a shell waits for the end of a pipe that only this process holds. It needs no signal handlers, which
 * in jest's sandbox would not be called.
 */
export class Processes {
  readonly folder: string;
  private readonly children = new Map<string, ChildProcess>();
  private readonly watchdog: ChildProcess;

  constructor() {
    sweepLeftovers();
    this.folder = mkdtempSync(join(tmpdir(), prefix));
    writeFileSync(join(this.folder, 'owner'), String(process.pid));
    // Detached, so that the interrupt that ends everything in this terminal does not end it too.
    this.watchdog = spawn('sh', ['-c', `cat > /dev/null\n${sweeper}`, 'sh', this.folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.watchdog.on('error', () => {});
    this.watchdog.unref();
    (this.watchdog.stdin as unknown as { unref(): void }).unref();
  }

  /** Starts a program, with `more` in its environment; what it says is in `<name>.log`. A test that forgets to stop it still comes to an end. */
  start(name: string, program: string, args: string[], more: NodeJS.ProcessEnv = {}): void {
    const log = openSync(join(this.folder, `${name}.log`), 'a');
    // A home of its own: nothing reads or leaves anything in the home of who runs the tests.
    const env = { PATH: process.env.PATH, HOME: this.folder, ...more };
    const child = spawn(program, args, { cwd: this.folder, env, stdio: ['ignore', log, log] });
    closeSync(log);
    child.on('error', () => {});
    child.unref();
    this.children.set(name, child);
    if (child.pid !== undefined) writeFileSync(join(this.folder, `${name}.pid`), String(child.pid));
  }

  /** Ends a program and waits until it is gone; one that does not go is killed after `patience` milliseconds. */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL', patience = 5000): Promise<void> {
    const child = this.children.get(name);
    this.children.delete(name);
    if (child !== undefined && running(child)) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      const impatience = setTimeout(() => child.kill('SIGKILL'), patience);
      child.ref();
      child.kill(signal);
      await gone;
      clearTimeout(impatience);
    }
    rmSync(join(this.folder, `${name}.pid`), { force: true });
  }

  /** The first program that ended by itself, with the last lines it said. */
  failed(): string | undefined {
    const name = [...this.children.keys()].find((key) => !running(this.children.get(key)!));
    return name === undefined ? undefined : `${name} ended: ${this.said(name)}`;
  }

  /** The last lines of a program. */
  said(name: string, count = 5): string {
    const log = join(this.folder, `${name}.log`);
    return existsSync(log)
      ? readFileSync(log, 'utf8').trim().split('\n').slice(-count).join('\n')
      : '';
  }

  /** Ends all, what was started last first, and removes the folder. */
  async stop(): Promise<void> {
    // Data is thrown away, so there is nothing that an orderly shutdown would save.
    for (const name of [...this.children.keys()].reverse()) await this.kill(name);
    const gone =
      running(this.watchdog) && new Promise((resolve) => this.watchdog.once('exit', resolve));
    this.watchdog.ref();
    this.watchdog.stdin?.end();
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function running(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Removes what is left of runs that were ended together with their watchdogs. */
function sweepLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const folder = join(tmpdir(), name);
    try {
      if (!alive(Number(readFileSync(join(folder, 'owner'), 'utf8'))))
        execFileSync('sh', ['-c', sweeper, 'sh', folder], { stdio: 'ignore' });
    } catch {
      // Just being made or removed by somebody else: theirs to clean.
    }
  }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Different loopback ports that were free a moment ago. */
export async function freePorts<Name extends string>(
  ...names: Name[]
): Promise<Record<Name, number>> {
  const servers = names.map(() => createServer());
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve, reject) =>
          server.once('error', reject).listen(0, '127.0.0.1', resolve),
        ),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Record<
    Name,
    number
  >;
}
