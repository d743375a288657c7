import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const isHere = spawnSync('promtool', ['--version']).status === 0;
if (!isHere && process.env.GITHUB_ACTIONS === 'true')
  throw new Error('promtool is not here, and CI must run it: bash .ci/tools promtool');

/** A suite that runs where Prometheus' own program is. */
export const withPromtool = isHere ? describe : describe.skip;

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
