import * as fs from 'node:fs';
import * as path from 'node:path';
import type * as Environments from '../environments';
import { withRender, writeTree } from './dist';
import { loadModule, openProject, projectRoot } from './project';

/**
 * Renders the environment of a pull request into a folder of its own in `dist/`; the others stay as they are.
 *
 * @param image with a digest, so that another build is another rendering
 * @throws Error with every fault of the number, the image or the environment
 */
export function preview(
  cwd: string,
  pullRequest: number,
  image: string,
  print: (line: string) => void,
): void {
  const root = projectRoot(cwd);
  const project = loadModule<typeof Environments>(root, 'environments/index.ts');
  const files = project.renderPreview(pullRequest, image);
  const render = (folder: string): boolean => {
    const dist = path.join(root, 'dist');
    if (fs.existsSync(dist)) fs.cpSync(dist, folder, { recursive: true });
    for (const file of files.keys())
      fs.rmSync(path.join(folder, path.dirname(file)), { recursive: true, force: true });
    writeTree(folder, files);
    return true;
  };
  withRender(openProject(root), render, (rendered) => {
    for (const change of rendered!.changes) print(change);
    if (rendered!.changes.length === 0) print(`dist/preview-${pullRequest} is up to date`);
    else rendered!.keep();
  });
  print(
    `next: commit dist/preview-${pullRequest} to the branch preview/${pullRequest}, and to no other`,
  );
}
