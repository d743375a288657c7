import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ROOT } from './kit';

/* People add an environment and a key of the Secret, as docs/ says: the tests of this repository are about the program. */

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-people-'));
const at = (file: string) => path.join(folder, file);
const edit = (file: string, from: RegExp, to: string) => {
  const text = fs.readFileSync(at(file), 'utf8');
  expect(text).toMatch(from);
  fs.writeFileSync(at(file), text.replace(from, to));
};

/** What asks nothing of environments, and random histories, which take long. */
const APART = [
  ...['/lib/', '/scripts/', 'verbs.test', 'confidential.test', 'frozen.test'],
  ...['dev.test', 'deploy.test', 'diff.test', 'doctor.test'],
];

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test('npm test is green after an environment and a key were added', () => {
  const files = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );
  for (const file of files
    .split('\0')
    .filter((name) => name && fs.existsSync(path.join(ROOT, name))))
    fs.cpSync(path.join(ROOT, file), at(file));
  fs.symlinkSync(path.join(ROOT, 'node_modules'), at('node_modules'));
  execFileSync('git', ['init', '--quiet'], { cwd: folder });

  fs.cpSync(at('environments/qa.release.yaml'), at('environments/staging.release.yaml'));
  fs.cpSync(at('environments/qa.ts'), at('environments/staging.ts'));
  edit('environments/staging.ts', /export const qa/, 'export const staging');
  edit('environments/staging.ts', /name: 'qa'/, "name: 'staging'");
  edit('environments/staging.ts', /seda-qa/, 'seda-staging');
  edit('environments/staging.ts', /api-qa\.seda\.fm/, 'api-staging.seda.fm');
  edit('environments/staging.ts', /seda-api-qa/, 'seda-api-staging');
  edit('environments/staging.ts', /projectRef: '[^']*'/, "projectRef: 'your-staging-project-ref'");
  edit(
    'environments/index.ts',
    /^import \{ sandbox \}/m,
    "import { staging } from './staging';\n$&",
  );
  edit('environments/index.ts', /qa, sandbox/, 'qa, staging, sandbox');
  edit('environments/api.ts', /secretKeys: \{/, "secretKeys: { MAIL_KEY: 'mail-key',");
  edit('.github/workflows/release.yml', /\[qa, sandbox/, '[qa, staging, sandbox');
  const run = (...args: string[]) =>
    spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env: process.env });
  expect(run('ops/seda.cjs', 'synth')).toMatchObject({ status: 0 });

  const jest = path.join(ROOT, 'node_modules/jest/bin/jest.js');
  const { status, stderr } = run(jest, '--silent', '--testPathIgnorePatterns', ...APART);
  expect(status === 0 ? '' : stderr).toBe('');
});
