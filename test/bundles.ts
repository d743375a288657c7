import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { runInThisContext } from 'node:vm';
import type { BuildOptions, BuildResult } from 'esbuild';

/** A bundle, and the contents of the files that it was made of. */
interface Bundle {
  readonly contents: ReadonlyMap<string, string>;
  readonly result: BuildResult;
}

type BuildSync = (options: BuildOptions) => BuildResult;

function contentOf(file: string): string | undefined {
  return fs.existsSync(file)
    ? createHash('sha1').update(fs.readFileSync(file)).digest('hex')
    : undefined;
}

/**
 * Copies of the repository differ in a file or two, and most are bundled as they are. A bundle is made again only where
 * one of its files has another content: esbuild names files from `absWorkingDir`, so that its text is the same in every copy.
 */
export function remembering(buildSync: BuildSync): BuildSync {
  const bundles = new Map<string, Bundle[]>();
  return (options) => {
    const { entryPoints, absWorkingDir: root, ...rest } = options;
    const [entry] = entryPoints as string[];
    // A map names where it is, which no copy has in common with another.
    if (root === undefined || entry === undefined || rest.sourcemap !== undefined)
      return buildSync(options);
    // A link leads to files of the repository, which do not change; a copy in its place may.
    const lib = fs.lstatSync(path.join(root, 'lib'), { throwIfNoEntry: false });
    const key = JSON.stringify([path.relative(root, entry), lib?.isSymbolicLink(), rest]);
    const known = bundles.get(key) ?? [];
    const same = known.find(({ contents }) =>
      [...contents].every(([file, content]) => contentOf(path.join(root, file)) === content),
    );
    if (same !== undefined) return same.result;
    const result = buildSync({ ...options, metafile: true });
    const files = Object.keys(result.metafile!.inputs);
    const contents = new Map(files.map((file) => [file, contentOf(path.join(root, file))!]));
    bundles.set(key, [...known, { contents, result }]);
    return result;
  };
}

/**
 * Makes ops/load.cjs remember the bundles that it has made in this process, in the test files before as well.
 *
 * @param require of Node itself, not of jest
 */
export function rememberBundles(require: NodeJS.Require): void {
  const file = require.resolve('esbuild');
  require(file);
  const loaded = require.cache[file]!;
  const marks = runInThisContext('globalThis') as { sedaBundles?: unknown };
  if (marks.sedaBundles === loaded) return;
  marks.sedaBundles = loaded;
  const esbuild = loaded.exports as { buildSync: BuildSync };
  loaded.exports = { ...esbuild, buildSync: remembering(esbuild.buildSync) };
}
