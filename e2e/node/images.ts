import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { buildSync } from 'esbuild';

const API = path.join(__dirname, '../api');
const MEDIA = 'application/vnd.oci.image';
export const REPOSITORY = 'ghcr.io/seda-fm/seda-api';
export const PAUSE = 'localhost/pause:1';

/** A build of the API: its tag, and what its environment says beside what every image says. */
export interface Build {
  readonly tag: string;
  readonly env?: { readonly [name: string]: string };
}

/** An image with programs of this host in `/bin`, of which the first is run. */
export interface ProgramImage {
  readonly name: string;
  readonly programs: readonly string[];
}

/** Images in one archive, for `ctr images import`. */
export interface Archive {
  readonly file: string;
  /** The digest of each image, by its name. */
  readonly digests: ReadonlyMap<string, string>;
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}

/** A reference as releases have it. */
export function reference({ digests }: Archive, tag: string): string {
  const name = `${REPOSITORY}:${tag}`;
  return `${name}@${digests.get(name)!}`;
}

/**
 * Writes images without a registry and without a program that builds them: this host's Node and busybox, the test API of
 * e2e/api, and a stand-in for Prisma, as there is no database. Their layers are the same, their settings differ.
 */
export function writeImages(
  folder: string,
  builds: readonly Build[],
  others: readonly ProgramImage[] = [],
): Archive {
  fs.mkdirSync(path.join(folder, 'image/blobs/sha256'), { recursive: true });
  const layer = (name: string, fill: (root: string) => void): Blob => {
    const root = path.join(folder, name);
    fs.mkdirSync(root);
    fill(root);
    const file = `${root}.tar`;
    const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--sort=name'];
    execFileSync('tar', ['--create', ...owner, '--file', file, '--directory', root, '.']);
    fs.rmSync(root, { recursive: true });
    return keep(folder, file);
  };
  const layers = [layer('base', fillBase), layer('api', fillApi)];
  const pause = layer('pause', (root) => copy(which('busybox'), root, 'sleep'));

  const manifests = [
    ...builds.map(({ tag, env = {} }) =>
      manifest(folder, `${REPOSITORY}:${tag}`, layers, {
        Env: Object.entries({
          PATH: '/usr/local/bin:/usr/bin:/bin',
          HOME: '/tmp',
          NODE_ENV: 'production',
          PORT: '3001',
          E2E_DATABASE: 'up',
          E2E_VERSION: tag,
          ...env,
        }).map(([name, value]) => `${name}=${value}`),
        User: '10001:10001',
        WorkingDir: '/app',
        Cmd: ['node', 'dist/main.js'],
      }),
    ),
    manifest(folder, PAUSE, [pause], { Entrypoint: ['/sleep', '2147483647'] }),
    ...others.map(({ name, programs }, index) => {
      const fill = (root: string) =>
        programs.forEach((file) => copyProgram(file, root, `bin/${path.basename(file)}`));
      return manifest(folder, name, [layer(`other-${index}`, fill)], {
        Entrypoint: [`/bin/${path.basename(programs[0]!)}`],
      });
    }),
  ];
  const write = (name: string, value: object): void =>
    fs.writeFileSync(path.join(folder, 'image', name), JSON.stringify(value));
  write('oci-layout', { imageLayoutVersion: '1.0.0' });
  write('index.json', { schemaVersion: 2, manifests });
  const file = path.join(folder, 'images.tar');
  execFileSync('tar', ['--create', '--file', file, '--directory', path.join(folder, 'image'), '.']);
  fs.rmSync(path.join(folder, 'image'), { recursive: true });
  const digests = manifests.map(
    ({ annotations, digest }) => [annotations['io.containerd.image.name'], digest] as const,
  );
  return { file, digests: new Map(digests) };
}

function manifest(folder: string, name: string, layers: readonly Blob[], config: object) {
  const json = (value: object): Blob => {
    const file = path.join(folder, 'blob.json');
    fs.writeFileSync(file, JSON.stringify(value));
    return keep(folder, file);
  };
  const configuration = json({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  const described = json({
    schemaVersion: 2,
    mediaType: `${MEDIA}.manifest.v1+json`,
    config: { mediaType: `${MEDIA}.config.v1+json`, ...configuration },
    layers: layers.map((blob) => ({ mediaType: `${MEDIA}.layer.v1.tar`, ...blob })),
  });
  return {
    mediaType: `${MEDIA}.manifest.v1+json`,
    ...described,
    annotations: { 'io.containerd.image.name': name },
  };
}

/** Moves a file to where an image looks for it, which is named after its hash. */
function keep(folder: string, file: string): Blob {
  const bytes = fs.readFileSync(file);
  const hash = createHash('sha256').update(bytes).digest('hex');
  fs.renameSync(file, path.join(folder, 'image/blobs/sha256', hash));
  return { digest: `sha256:${hash}`, size: bytes.length };
}

function fillBase(root: string): void {
  for (const name of ['bin', 'usr/bin', 'usr/local/bin', 'etc', 'tmp'])
    fs.mkdirSync(path.join(root, name), { recursive: true });
  fs.chmodSync(path.join(root, 'tmp'), 0o1777);
  copy(which('busybox'), root, 'bin/busybox');
  for (const applet of ['sh', 'env']) fs.symlinkSync('busybox', path.join(root, 'bin', applet));
  // Where the first line of a script looks for it.
  fs.symlinkSync('/bin/env', path.join(root, 'usr/bin/env'));
  copyProgram(process.execPath, root, 'usr/local/bin/node');
}

function fillApi(root: string): void {
  const app = path.join(root, 'app');
  buildSync({
    entryPoints: [path.join(API, 'src/main.ts')],
    outfile: path.join(app, 'dist/main.js'),
    bundle: true,
    platform: 'node',
    external: ['@prisma/client'],
    logLevel: 'error',
  });
  fs.copyFileSync(path.join(API, 'package.json'), path.join(app, 'package.json'));
  fs.mkdirSync(path.join(app, 'node_modules/.bin'), { recursive: true });
  const prisma =
    '#!/usr/bin/env node\nconsole.log("there is no database");\nprocess.exit(process.env.E2E_MIGRATION === "fails" ? 1 : 0);\n';
  fs.writeFileSync(path.join(app, 'node_modules/.bin/prisma'), prisma, { mode: 0o755 });
}

function which(program: string): string {
  return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
}

/** Copies a program, and the libraries that it needs to where it looks for them. */
function copyProgram(source: string, root: string, to: string): void {
  copy(source, root, to);
  // ldd fails for a program that needs none.
  const { stdout } = spawnSync('ldd', [source], { encoding: 'utf8' });
  for (const library of stdout.match(/\/\S+/g) ?? []) copy(library, root, library);
}

/** Copies a file to a path below `root`, following links. */
function copy(source: string, root: string, to: string): void {
  const target = path.join(root, to);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.copyFileSync(fs.realpathSync(source), target);
  fs.chmodSync(target, 0o755);
}
