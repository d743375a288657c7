import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** One object of an Application, as Argo CD reports it after an operation. */
export interface ArgoResource {
  readonly kind: string;
  readonly name: string;
  readonly status?: string;
  readonly hookPhase?: string;
  readonly message?: string;
}

/** How a sync ended. */
export interface SyncResult {
  readonly phase: 'Succeeded' | 'Failed' | 'Error' | 'Running';
  readonly message: string;
  /** What was applied or deleted, in its order. */
  readonly resources: readonly ArgoResource[];
  readonly seconds: number;
}

/** What to sync, and how. */
export interface SyncOptions {
  /** Folder in the repository. */
  readonly path: string;
  /** Beside those of the Application. @defaultValue none */
  readonly syncOptions?: readonly string[];
  /** How often a failed sync is tried again, a second later each time. @defaultValue 0 */
  readonly retries?: number;
  /** As in the Application. @defaultValue none */
  readonly ignoreDifferences?: readonly object[];
  /** After which time it is not waited any longer. @defaultValue 90 */
  readonly seconds?: number;
}

export interface Operation {
  readonly info?: readonly { readonly value: string }[];
  readonly sync?: { readonly revision?: string };
}

export interface SyncPolicy {
  readonly automated: {
    readonly enabled: boolean;
    readonly prune: boolean;
    readonly selfHeal: boolean;
  };
  readonly syncOptions: readonly string[];
}

export interface Application {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly syncPolicy: SyncPolicy };
  readonly status?: {
    readonly operationState?: {
      readonly phase: SyncResult['phase'];
      readonly message?: string;
      readonly finishedAt?: string;
      readonly operation: Operation;
      readonly syncResult?: { readonly resources?: readonly ArgoResource[] };
    };
    readonly resources?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly health?: { readonly status: string };
    }[];
  };
}

/** How often a failed sync is tried again, a second later each time. */
export const retry = (limit: number): object => ({ limit, backoff: { duration: '1s', factor: 1 } });

/** What `dist/argocd` says of an environment, of a repository in a folder. */
export function rendered(
  repository: string,
  environment: string,
): { project: object; application: Application } {
  const text = readFileSync(join(repository, 'dist/argocd', `${environment}.k8s.yaml`), 'utf8');
  const here = text
    .replaceAll(/https:\/\/github\.com\/\S+/g, `file://${repository}`)
    .replace('targetRevision: main', 'targetRevision: HEAD');
  const objects = parseAllDocuments(here).map(
    (document) => document.toJS() as Application & { kind: string },
  );
  const ofKind = (kind: string) => objects.find((object) => object.kind === kind)!;
  return { project: ofKind('AppProject'), application: ofKind('Application') };
}
