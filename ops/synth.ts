import { type AppRun, runApp } from './app';
import { argocdNotes, withRender } from './dist';
import { openProject } from './project';

export interface SynthOptions extends AppRun {
  /** Compare and change nothing. */
  readonly check: boolean;
  readonly print: (line: string) => void;
}

/**
 * Renders the project and replaces its output folder only when every environment is good.
 *
 * @returns false when the app has faults, which have been said, or when a check finds a difference
 */
export function synth(cwd: string, { check, print, ...run }: SynthOptions): boolean {
  const project = openProject(cwd);
  return withRender(
    project,
    (folder) => runApp(project, folder, run),
    (rendered) => {
      if (!rendered) return false;
      for (const line of [...rendered.changes, ...(check ? [] : argocdNotes(rendered.changes))])
        print(line);
      if (rendered.changes.length === 0) print(`${project.output}/ is up to date`);
      else if (!check) rendered.keep();
      return !check || rendered.changes.length === 0;
    },
  );
}
