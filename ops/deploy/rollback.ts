import { execa } from 'execa';
import { deploy, type DeployOptions } from '.';
import { drawAgain } from '../picture';
import { projectRoot } from '../project';
import { Releases } from '../release';
import { confirmed } from './confirm';

/**
 * The way back in one command: the record goes back, as a commit of its own, and the cluster follows.
 *
 * @returns false when it was refused, not confirmed, or failed
 */
export async function rollback(cwd: string, name: string, options: DeployOptions): Promise<boolean> {
  const root = projectRoot(cwd);
  const releases = new Releases(root);
  const print = (line: string) => console.log(options.json ? JSON.stringify({ type: 'note', message: line }) : line);
  const dirty = (await execa('git', ['status', '--porcelain'], { cwd: root })).stdout;
  if (dirty !== '') throw new Error(`${name}: the tree has changes that are in no commit; commit or drop them, so that the commit of the way back holds nothing else`);

  if (options.dryRun || !options.yes) {
    if (!releases.run('rollback', name, { dryRun: true }, print).done) return false;
    if (options.dryRun) return true;
    if (!(await confirmed(`Commit this, and deploy ${name}?`, options))) return false;
  }
  let committed = false;
  const run = async () => {
    const lines: string[] = [];
    const { done } = releases.run('rollback', name, {}, (line) => lines.push(line));
    const [sentence = ''] = lines;
    print(sentence);
    if (!done) return false;
    await execa('git', ['commit', '--quiet', '--all', '--message', sentence], { cwd: root });
    committed = true;
    return true;
  };
  const done = await deploy(root, name, { ...options, yes: true, prepare: { releases, run } });
  if (done) print('next: open a pull request with the commit; until it is merged, Argo CD and the next deploy undo this');
  else if (committed) print('the commit is made; once the fault is mended, deploy again, or take it back with git revert');
  // Last of all: nobody waits for a picture while users wait for the way back.
  const drawn = committed ? await drawAgain(root, name) : undefined;
  if (drawn !== undefined) print(`${drawn}; commit it as well`);
  return done;
}
