import { Git } from '../git';
import type { Workspace } from '../io';
import { openProject, type Project } from '../project';

/** A commit of a project, from which a step goes to the working tree. */
export interface Base {
  readonly project: Project;
  readonly git: Git;
  /** As it was named, for messages. */
  readonly ref: string;
  /** Its id. */
  readonly commit: string;
}

/**
 * Finds the project and the commit, once for all that is read of them.
 *
 * @throws Error when there is no project, or git does not have the commit
 */
export function openBase({ cwd, env }: Workspace, ref: string): Base {
  const project = openProject(cwd);
  const git = new Git({ cwd: project.root, env });
  return { project, git, ref, commit: git.commit(ref) };
}
