import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type NpmRegistry, startNpmRegistry } from '../../test/npm-registry';
import type { Engine } from './engine';

const ROOT = path.join(__dirname, '../..');
const API = path.join(ROOT, 'e2e/api');
const NODE_BASE = 'localhost/node-base:local';

/** What the small API is installed from: the packages of this checkout, and its own stand-ins. */
export function apiRegistry(): Promise<NpmRegistry> {
  return startNpmRegistry((name) =>
    name in STAND_INS
      ? path.join(API, 'stand-ins', STAND_INS[name]!)
      : path.join(ROOT, 'node_modules', name),
  );
}

/** Packages of the small API that are not what they are called: see e2e/api/stand-ins. */
const STAND_INS: { readonly [name: string]: string } = {
  prisma: 'prisma',
  '@prisma/client': 'client',
};

/**
 * Stands in for node:...-alpine where no registry of images is at hand: this host's Node and npm with the
 * libraries they need, and busybox for everything else that Alpine has. Its npm asks `registry`.
 */
export async function nodeBase(engine: Engine, registry: NpmRegistry): Promise<string> {
  await fromScratch(engine, NODE_BASE, [process.execPath], (root) => {
    const npm = path.join(
      execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim(),
      'npm',
    );
    copy(process.execPath, root, 'usr/local/bin/node');
    copy(npm, root, 'usr/local/lib/node_modules/npm');
    fs.symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', path.join(root, 'usr/local/bin/npm'));
    fs.mkdirSync(path.join(root, 'usr/local/etc'));
    fs.writeFileSync(
      path.join(root, 'usr/local/etc/npmrc'),
      `registry=${registry.url}\nnoproxy=127.0.0.1\n`,
    );
  });
  return NODE_BASE;
}

/** The repository of the API as its image is built from it: the small API, and what app/ gives to it. */
export function apiSources(folder: string): string {
  fs.cpSync(API, folder, {
    recursive: true,
    filter: (source) => !/\/(node_modules|dist)$/.test(source),
  });
  fs.cpSync(path.join(ROOT, 'app'), folder, { recursive: true });
  return folder;
}

/** PostgreSQL 15 of this host, as the image postgres:15-alpine: same user, variables, folders, and refusal of a wrong password. */
export async function postgres(engine: Engine, tag: string): Promise<void> {
  const server = '/usr/lib/postgresql/15';
  const programs = ['postgres', 'initdb', 'pg_isready'].map((name) =>
    path.join(server, 'bin', name),
  );
  await fromScratch(
    engine,
    tag,
    programs,
    (root) => {
      for (const folder of ['bin', 'lib'])
        copy(path.join(server, folder), root, path.join(server, folder));
      copy('/usr/share/postgresql/15', root, 'usr/share/postgresql/15');
      fs.writeFileSync(
        path.join(root, 'etc/passwd'),
        'root:x:0:0::/:/bin/sh\npostgres:x:70:70::/var/lib/postgresql:/bin/sh\n',
      );
      fs.writeFileSync(path.join(root, 'usr/local/bin/start'), POSTGRES_START, { mode: 0o755 });
      for (const folder of ['var/lib/postgresql/data', 'var/run/postgresql']) {
        fs.mkdirSync(path.join(root, folder), { recursive: true });
        fs.chownSync(path.join(root, folder), 70, 70);
      }
    },
    '--user',
    '70:70',
    '--env',
    `PATH=${server}/bin:/usr/bin:/bin`,
    '--env',
    'PGDATA=/var/lib/postgresql/data',
    '--cmd',
    '/usr/local/bin/start',
  );
}

const POSTGRES_START = `#!/bin/sh
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  echo "$POSTGRES_PASSWORD" > /tmp/password
  initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust --auth-host=password --encoding=UTF8 --locale=C --no-sync
  echo 'host all all all password' >> "$PGDATA/pg_hba.conf"
  echo "CREATE DATABASE $POSTGRES_DB" | postgres --single -D "$PGDATA" postgres
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql
`;

/** Redis 7 of this host, as the image redis:7-alpine. */
export async function redis(engine: Engine, tag: string): Promise<void> {
  // Debian's package of the tools holds the server too: it is one program, which looks at the name that it is called by.
  const [server, client] = ['/usr/bin/redis-check-rdb', '/usr/bin/redis-cli'] as const;
  const fill = (root: string) => {
    copy(server, root, 'usr/local/bin/redis-server');
    copy(client, root, 'usr/local/bin/redis-cli');
    fs.mkdirSync(path.join(root, 'data'));
    fs.chownSync(path.join(root, 'data'), 10001, 10001);
  };
  await fromScratch(
    engine,
    tag,
    [server, client],
    fill,
    '--workingdir',
    '/data',
    '--cmd',
    'redis-server',
  );
}

/** An image of nothing but `programs` with their libraries, busybox, and what `fill` adds. */
async function fromScratch(
  engine: Engine,
  tag: string,
  programs: readonly string[],
  fill: (root: string) => void,
  ...config: string[]
): Promise<void> {
  const container = (await engine.buildah('from', 'scratch')).trim();
  const root = (await engine.buildah('mount', container)).trim();
  for (const folder of [
    'bin',
    'usr/bin',
    'usr/local/bin',
    'usr/local/lib/node_modules',
    'etc',
    'tmp',
  ])
    fs.mkdirSync(path.join(root, folder), { recursive: true });
  fs.chmodSync(path.join(root, 'tmp'), 0o1777);
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
  copy(busybox, root, 'bin/busybox');
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name !== '' && name !== 'busybox');
  for (const name of applets) fs.symlinkSync('busybox', path.join(root, 'bin', name));
  // Where the first line of a script looks for it.
  fs.symlinkSync('/bin/env', path.join(root, 'usr/bin/env'));
  for (const program of programs)
    for (const library of librariesOf(program)) copy(library, root, library);
  fill(root);
  await engine.buildah('umount', container);
  await engine.buildah(
    'config',
    '--env',
    'PATH=/usr/local/bin:/usr/bin:/bin',
    ...config,
    container,
  );
  await engine.buildah('commit', '--quiet', '--format', 'docker', '--rm', container, tag);
}

function librariesOf(program: string): string[] {
  return execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
}

/** Copies a file or a folder to a path below `root`, following links. */
function copy(source: string, root: string, to: string): void {
  const target = path.join(root, to);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  execFileSync('cp', ['-R', fs.realpathSync(source), target]);
}
