import * as fs from 'node:fs';
import * as path from 'node:path';
import { image } from './fixtures';
import { Project, runProgram } from './kit';

let project: Project;
let day = 0;

/** Commits everything, a day after the last commit, in a time zone of its own. */
async function commit(author = 'Ada'): Promise<void> {
  day += 1;
  const env = {
    GIT_AUTHOR_NAME: author,
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_DATE: `2026-03-${String(day).padStart(2, '0')}T09:30:00+02:00`,
  };
  project.git('add', '--all');
  const { code, stderr } = await runProgram(['git', 'commit', '--quiet', '--message', 'a'], {
    cwd: project.root,
    env: { ...env, GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' },
  });
  expect([code, stderr]).toEqual([0, '']);
}

async function release(line: string, author?: string): Promise<void> {
  const { code, stdout, stderr } = await project.seda(`release ${line}`);
  expect([code, stderr, code === 0 && stdout.includes('next: ') ? '' : stdout]).toEqual([
    0,
    '',
    '',
  ]);
  await commit(author);
}

const RECORD = 'environments/production.release.yaml';
const stage = (version: string) =>
  `stage production --image ${image(version)} --skip-order test --migration none`;

beforeEach(async () => {
  project = await Project.onFirstDay();
  project.git('init', '--quiet');
  day = 0;
  await commit();
});

test('every verb is read from what it changed, newest first, and an edit is none of them', async () => {
  await release(stage('2.0.0'));
  await release('promote production', 'Grace');
  await release(stage('2.1.0'));
  await release('promote production');
  await release('rollback production');
  await release('promote production --again');
  await release('retire production');
  await release(`${stage('2.2.0')} --promote`);
  await release(stage('2.3.0'));
  await release('abort production');
  // Neither a release of another environment nor a commit of something else is in it.
  await release(`stage qa --image ${image('3.0.0')}`);
  project.edit(RECORD, '# What production runs', '# All that production runs');
  await commit();
  const text = project.read(RECORD);
  project.write(RECORD, `${text}<<<<<<< ours\n`);
  await commit();
  project.write(RECORD, text);
  await commit();
  fs.rmSync(project.path(RECORD));
  await commit();
  project.write(RECORD, text);
  await commit();

  const { code, stdout, stderr } = await project.seda('release history production');
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.trimEnd().split('\n');
  const ids = project.git('log', '--format=%h', '--abbrev=10', '--', RECORD).trim().split('\n');
  expect(lines).toEqual([
    `2026-03-17 07:30 UTC  first record       2.2.0       green  ${ids[0]}  Ada`,
    `2026-03-16 07:30 UTC  removed                               ${ids[1]}  Ada`,
    `2026-03-15 07:30 UTC  edit               2.2.0       green  ${ids[2]}  Ada`,
    `2026-03-14 07:30 UTC  unreadable                            ${ids[3]}  Ada`,
    `2026-03-13 07:30 UTC  edit               2.2.0       green  ${ids[4]}  Ada`,
    `2026-03-11 07:30 UTC  abort              2.3.0       blue   ${ids[5]}  Ada`,
    `2026-03-10 07:30 UTC  stage              2.3.0       blue   ${ids[6]}  Ada`,
    `2026-03-09 07:30 UTC  stage and promote  2.2.0       green  ${ids[7]}  Ada`,
    `2026-03-08 07:30 UTC  retire             2.0.0       green  ${ids[8]}  Ada`,
    `2026-03-07 07:30 UTC  promote            2.1.0       blue   ${ids[9]}  Ada`,
    `2026-03-06 07:30 UTC  rollback           2.0.0       green  ${ids[10]}  Ada`,
    `2026-03-05 07:30 UTC  promote            2.1.0       blue   ${ids[11]}  Ada`,
    `2026-03-04 07:30 UTC  stage              2.1.0       blue   ${ids[12]}  Ada`,
    `2026-03-03 07:30 UTC  promote            2.0.0       green  ${ids[13]}  Grace`,
    `2026-03-02 07:30 UTC  stage              2.0.0       green  ${ids[14]}  Ada`,
    `2026-03-01 07:30 UTC  first record       no release  blue   ${ids[15]}  Ada`,
  ]);
});

test('a rolling environment has no colours, and its rollback is no stage', async () => {
  await release(`stage qa --image ${image('2.0.0')}`);
  await release(`stage qa --image ${image('main-12')} --version 2.1.0`);
  await release('rollback qa');
  await release('rollback qa');
  const { stdout } = await project.seda('release history qa --json');
  const entries = JSON.parse(stdout);
  expect(entries[0]).toEqual({
    date: '2026-03-05T07:30:00.000Z',
    verb: 'rollback',
    version: '2.1.0',
    commit: project.git('rev-parse', 'HEAD').trim(),
    author: 'Ada',
  });
  expect(
    entries.map(({ verb, version }: { verb: string; version: string }) => `${verb} ${version}`),
  ).toEqual([
    'rollback 2.1.0',
    'rollback 2.0.0',
    'stage 2.1.0',
    'stage 2.0.0',
    'first record develop',
  ]);
});

test('a merge is one release, whatever the branch did', async () => {
  project.git('switch', '--quiet', '--create', 'side');
  await release(`stage qa --image ${image('2.0.0')}`);
  await release(`stage qa --image ${image('2.0.1')}`);
  project.git('switch', '--quiet', '-');
  project.git('merge', '--quiet', '--no-ff', '--message', 'merge', 'side');
  const entries = JSON.parse((await project.seda('release history qa --json')).stdout);
  expect(entries).toHaveLength(2);
  expect(entries[0]).toMatchObject({
    verb: 'stage',
    version: '2.0.1',
    commit: project.git('rev-parse', 'HEAD').trim(),
  });
});

test('a shallow clone says what it lacks, and the absence of commits or of git is no release', async () => {
  await release(`stage qa --image ${image('2.0.0')}`);
  const origin = path.join(project.outside, 'origin');
  fs.renameSync(project.root, origin);
  await runProgram(['git', 'clone', '--quiet', '--depth=1', `file://${origin}`, project.root], {
    cwd: project.outside,
  });
  fs.symlinkSync(path.join(__dirname, '../node_modules'), project.path('node_modules'));
  expect(await project.seda('release history qa')).toEqual({
    code: 0,
    stdout: 'qa: no commit here has changed its record\n',
    stderr:
      'the clone is shallow, so older releases are missing; fetch them: git fetch --unshallow\n',
  });
  expect(await project.seda('release history nope')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('unknown environment "nope"'),
  });
  fs.rmSync(project.path('.git'), { recursive: true });
  expect(await project.seda('release history qa')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is in no git repository, so there are no commits; clone it'),
  });
});
