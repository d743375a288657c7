import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ROOT, runProgram } from './kit';

const REPORT = 'lib/index.api.md';

test('lib/index.api.md is what lib/index.ts exports, and another report fails', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'api-'));
  const other = path.join(folder, 'other.md');
  const text = fs.readFileSync(path.join(ROOT, REPORT), 'utf8');
  fs.writeFileSync(other, text.replace('export class SedaApi ', 'export class SedaApis '));
  try {
    expect(
      await runProgram([process.execPath, 'scripts/api.mjs', '--check', REPORT, other]),
    ).toEqual({
      code: 1,
      stdout: `${other} is not what lib/index.ts exports; write it with npm run api, commit it, and say in CHANGELOG.md what changed\n`,
      stderr: '',
    });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
