import { ARGOCD_FOLDER } from '../../environments/layout';
import { calledOf } from '../../lib/kubernetes/identity';
import type { Manifest } from '../../lib/manifests';
import { missingIn } from '../../lib/placeholder';
import type { Step } from '../rendering/load';
import type { Rendering } from '../rendering/rendering';
import { type Finding, finding } from './rule';

/** The folder that an Application applies, without those above it: an environment. */
export function appliedFolder({ spec }: Manifest): string {
  return String(spec?.source?.path ?? '')
    .split('/')
    .at(-1)!;
}

/** The Application that applies the folder of an environment. */
export function applicationOf(argocd: Rendering, environment: string): Manifest | undefined {
  return argocd
    .ofKind('Application')
    .find((application) => appliedFolder(application) === environment);
}

/** Folders that Argo CD applies and in which there is nothing any more, so that it would delete all that was. */
export function emptyFolders({ argocd, names, changed }: Step): Finding[] {
  if (changed.length === 0) return [];
  const gone = changed.flatMap(({ name, next, formerName }) =>
    next === undefined ? [name] : (formerName ?? []),
  );
  return (argocd?.ofKind('Application') ?? []).flatMap((application) => {
    const folder = appliedFolder(application);
    return names.includes(folder) && !gone.includes(folder)
      ? []
      : [
          finding(
            application,
            `it applies ${application.spec?.source?.path}, in which nothing is rendered`,
            'let it apply the folder of the environment',
          ),
        ];
  });
}

/** Applications that apply an environment by themselves in which something is still to be filled in. */
export function appliedTooEarly({ argocd, names, changed, rendering }: Step): Finding[] {
  const isChanged = (folder: string) =>
    changed.some(({ name }) => name === folder || name === ARGOCD_FOLDER);
  return (argocd?.ofKind('Application') ?? []).flatMap((application) => {
    const automated = application.spec?.syncPolicy?.automated as { enabled?: boolean } | undefined;
    const folder = appliedFolder(application);
    if (automated === undefined || automated.enabled === false) return [];
    if (!names.includes(folder) || !isChanged(folder)) return [];
    return rendering(folder)
      .objects.filter((object) => missingIn(object).length > 0)
      .map((object) =>
        finding(
          application,
          `it applies ${folder} by itself, where ${calledOf(object)} still waits for ${missingIn(object).join(' and ')}`,
          'fill it in first; seda synth turns Argo CD on then',
        ),
      );
  });
}
