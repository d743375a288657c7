import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** A suite that runs where a program of Prometheus is; Debian has both of them in one package. */
function withProgram(program: string): (name: string, tests: () => void) => void {
  if (spawnSync(program, ['--version']).status === 0) return describe;
  const why = `${program} is not here, bash .ci/tools promtool installs it`;
  if (process.env.GITHUB_ACTIONS === 'true') throw new Error(`${why}, and CI must run it`);
  return (name, tests) => describe.skip(`${name} (${why})`, tests);
}

/** A suite that has Prometheus read or evaluate rules. */
export const withPromtool = withProgram('promtool');

/** A suite that has Prometheus scrape something. */
export const withPrometheus = withProgram('prometheus');

/** Runs promtool beside some files, of which the last argument names one. */
export function promtool(
  args: readonly string[],
  files: { readonly [file: string]: string },
): { readonly code: number | null; readonly output: string } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-promtool-'));
  try {
    for (const [file, text] of Object.entries(files))
      fs.writeFileSync(path.join(folder, file), text);
    const { status, stdout, stderr } = spawnSync('promtool', args, {
      cwd: folder,
      encoding: 'utf8',
    });
    return { code: status, output: `${stdout}${stderr}` };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
