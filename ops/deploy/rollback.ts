import { releaseFile } from '../../environments/layout';
import { execa } from 'execa';
import { deploy, type DeployOptions, type Prepare } from '.';
import { printHighlighted } from '../highlight';
import { type Io, printTo, type Workspace } from '../io';
import { drawAgain } from '../picture';
import { projectRoot } from '../project';
import { Releases } from '../release';
import { confirmed } from './confirm';
import { uncommitted } from './preflight';

/**
 * A rollback in one command: the record goes back, as a commit of its own, and the cluster follows.
 *
 * @returns false when it was refused, not confirmed, or failed
 */
export async function rollback(io: Io, name: string, options: DeployOptions): Promise<boolean> {
  const root = projectRoot(io.cwd);
  const workspace = { cwd: root, env: io.env };
  const releases = new Releases(root);
  const print = options.json
    ? (line: string) => printTo(io.stdout)(JSON.stringify({ type: 'note', message: line }))
    : printHighlighted(io.stdout, io.env);
  if ((await uncommitted(workspace)).length > 0)
    throw new Error(
      `${name}: the tree has changes that are in no commit; commit them or put them away: git stash --include-untracked`,
    );

  const earlier = await wentBack(workspace, name);
  if (earlier !== undefined) {
    print(
      `${name}: went back already by the commit ${earlier}, which is deployed; to go forward, release something`,
    );
    return deploy(io, name, options);
  }
  if (options.dryRun || !options.yes) {
    if (!releases.run('rollback', name, { dryRun: true }, print).done) return false;
    if (options.dryRun) return true;
    if (!(await confirmed(io, `Commit this, and deploy ${name}?`, options))) return false;
  }
  let sentence = '';
  let committed: string | undefined;
  const prepare: Prepare = {
    releases,
    run: async () => {
      const lines: string[] = [];
      const { done } = releases.run('rollback', name, {}, (line) => lines.push(line));
      [sentence = ''] = lines;
      print(sentence);
      return done;
    },
    commit: async () => {
      await commit(workspace, sentence, name).catch(({ message }: Error) =>
        Promise.reject(new Error(`nothing was changed, because ${message}`)),
      );
      const { stdout } = await execa('git', ['rev-parse', '--short', 'HEAD'], git(workspace));
      committed = stdout;
    },
    undo: async () =>
      void (await execa('git', ['restore', '--staged', '--worktree', '.'], git(workspace))),
  };
  const done = await deploy(io, name, { ...options, yes: true, prepare });
  if (done)
    print(
      'next: open a pull request with the commit; until it is merged, Argo CD and the next deploy undo this',
    );
  else if (committed !== undefined)
    print(
      `the commit ${committed} is made; once the cause is gone, give the command again, or take it back: git revert --no-edit ${committed}`,
    );
  // Last of all: nobody waits for a picture while users wait for the rollback.
  const drawn = committed === undefined ? undefined : await drawAgain(root, name);
  if (drawn !== undefined) print(drawn);
  // A tree with changes would stand in the way of the next deploy.
  if (drawn?.startsWith('changed'))
    await commit(workspace, `docs: ${name} after the rollback`, name).catch(({ message }: Error) =>
      print(message),
    );
  return done;
}

const git = ({ cwd, env }: Workspace) => ({ cwd, env, extendEnv: false }) as const;

/** Names the environment in the commit of a rollback, so that the command may be given again. */
const TRAILER = 'Seda-Rollback';

async function commit(workspace: Workspace, sentence: string, name: string): Promise<void> {
  const { failed, stderr, stdout } = await execa(
    'git',
    ['commit', '--quiet', '--all', '--message', sentence, '--trailer', `${TRAILER}: ${name}`],
    { ...git(workspace), reject: false },
  );
  if (failed)
    throw new Error(
      `git does not commit it: ${(stderr || stdout).trim().replace(/\s*\n\s*/g, '; ')}`,
    );
}

/** The commit that brought the record of an environment back, where nothing was released since. */
async function wentBack(workspace: Workspace, name: string): Promise<string | undefined> {
  const format = `--format=%h %(trailers:key=${TRAILER},valueonly,separator=)`;
  const { stdout } = await execa(
    'git',
    ['log', '--max-count=1', format, '--', `environments/${releaseFile({ name })}`],
    git(workspace),
  );
  const [hash, back] = stdout.split(' ');
  return back === name ? hash : undefined;
}
