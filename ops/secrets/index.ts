import { interruptible } from '../cluster/interrupt';
import { kubectlFor } from '../deploy';
import { printHighlighted } from '../highlight';
import { type Io, printTo } from '../io';
import { projectRoot } from '../project';
import { Releases } from '../release';
import { loadEnvironment, parseRendering } from '../rendering/load';
import { examineSecrets, secretsText } from './check';
import { templateText } from './template';

/** What a person may say to `seda secrets check`. */
export interface SecretsCheckOptions {
  /** Context of the kubeconfig; the environment may name one. */
  readonly context?: string;
  /** Ask no cluster. */
  readonly offline?: boolean;
  /** The report as one JSON object. */
  readonly json?: boolean;
}

/** What a person may say to `seda secrets template`. */
export interface SecretsTemplateOptions {
  /**
   * Context in the command that is printed; no cluster is asked.
   * @default - that of the environment, or a word to replace
   */
  readonly context?: string;
  /** For a cluster that makes no Secrets itself. */
  readonly kubectl?: boolean;
}

/**
 * Prints what the pods of `dist/` need and whether the cluster has it.
 *
 * @returns false when something is missing
 * @throws Error when the environment or its context is unknown, or the cluster does not answer
 */
export async function checkSecrets(
  io: Io,
  name: string,
  { context, offline, json }: SecretsCheckOptions,
): Promise<boolean> {
  const root = projectRoot(io.cwd);
  const environment = new Releases(root).environment(name);
  const kubectl = offline ? undefined : kubectlFor(io, environment, context);
  const examine = () => examineSecrets(name, loadEnvironment(root, name), kubectl);
  const report = await (kubectl ? interruptible(io, kubectl, examine) : examine());
  if (kubectl?.signal.aborted) throw new Error(`${name}: interrupted`);
  if (json) printTo(io.stdout)(JSON.stringify(report, null, 2));
  else printHighlighted(io.stdout, io.env)(secretsText(report));
  return report.findings.length === 0;
}

/** What a person must create for an environment, from its sources. */
export function secretsTemplate(
  cwd: string,
  name: string,
  { context, kubectl = false }: SecretsTemplateOptions,
): string {
  const root = projectRoot(cwd);
  const releases = new Releases(root);
  const environment = releases.environment(name);
  const upcoming = [...releases.upcoming(environment)].filter(([file]) =>
    file.startsWith(`${name}/`),
  );
  return templateText({
    place: {
      name,
      context: context ?? environment.context ?? 'CONTEXT',
      namespace: environment.namespace,
    },
    upcoming: parseRendering(upcoming),
    current: loadEnvironment(root, name),
    values: releases.secretValues(environment),
    byHand: kubectl,
  });
}
