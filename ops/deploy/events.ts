import { withoutCredentials, withoutLiveValues } from '../confidential';
import type { ObjectChange } from '../diff/changes';

/** What a deploy tells while it goes on; `--json` prints one a line. */
export type DeployEvent =
  | { readonly type: 'note'; readonly message: string }
  | {
      readonly type: 'plan';
      readonly environment: string;
      readonly context: string;
      readonly sentences: readonly string[];
      readonly changes: readonly ObjectChange[];
    }
  | { readonly type: 'wave'; readonly wave: number; readonly objects: number }
  | {
      readonly type: 'object';
      readonly wave: number;
      readonly object: string;
      readonly state: ObjectState;
      readonly message: string;
    }
  | { readonly type: 'pruned'; readonly object: string }
  | { readonly type: 'done'; readonly seconds: number; readonly message: string }
  | { readonly type: 'failed'; readonly message: string; readonly details: readonly string[] };

/** How far an object is. */
export type ObjectState = 'unchanged' | 'applied' | 'progressing' | 'healthy' | 'degraded';

/** Takes the events of one deploy. */
export interface Reporter {
  report(event: DeployEvent): void;
  /** Leaves the terminal as it should be. */
  end(): void;
}

/** An event as it may be printed: the log of a pod and the fields of a live object hold what anybody has put there. */
export function withoutSecretsIn(event: DeployEvent): DeployEvent {
  if (event.type === 'plan') return { ...event, changes: event.changes.map(withoutLiveValues) };
  if (event.type === 'failed')
    return {
      ...event,
      message: withoutCredentials(event.message),
      details: withoutCredentials(event.details.join('\n'))
        .split('\n')
        .filter((line) => line !== ''),
    };
  return event.type === 'object' ? { ...event, message: withoutCredentials(event.message) } : event;
}
