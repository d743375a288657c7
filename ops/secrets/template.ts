import type { SecretValue } from '../../environments/secret-values';
import { kubectlCommand } from '../cluster/kubectl-command';
import type { Place } from '../doctor/finding';
import type { Rendering } from '../rendering/rendering';
import { storeOf } from './check';
import { externalSecretOf, remotePath, secretUses, type SecretUse } from './uses';

/** What the text is made from. */
export interface TemplateInput {
  readonly place: Place;
  /** The environment with the settings of today staged. */
  readonly upcoming: Rendering;
  /** What `dist/` holds now. */
  readonly current: Rendering;
  /** What each key is to hold. */
  readonly values: { readonly [key: string]: SecretValue };
  /** Secrets are made by hand, whatever the rendering says. */
  readonly byHand: boolean;
}

/** What a person must create before the pods can start: entries of the store, or a Secret by a command that takes its values from standard input. */
export function templateText({ place, upcoming, current, values, byHand }: TemplateInput): string {
  const known = secretUses(current, []).map(({ secret }) => secret);
  const blocks = secretUses(upcoming, []).map((use) => {
    const external = byHand ? undefined : externalSecretOf(upcoming, use.secret);
    const note = known.includes(use.secret) ? '' : ', which the next release is the first to read';
    if (external) {
      const entries = use.keys.flatMap((key) =>
        described(remotePath(external, key) ?? key, values[key]),
      );
      return [
        `# ${use.secret}${note}: put these into the store of ${storeOf(external)}`,
        ...entries,
      ].join('\n');
    }
    if (!byHand && upcoming.get('Secret', use.secret))
      return `# ${use.secret}: nothing to create, dist/${place.name} holds it with values that everybody knows`;
    return command(use, note, place, values);
  });
  return blocks.length === 0 ? `# ${place.name}: the pods need no Secret` : blocks.join('\n\n');
}

function described(title: string, value: SecretValue | undefined): string[] {
  return value ? [title, `    ${value.what}`, `    format: ${value.format}`] : [title];
}

/** Values on the command line would stay in the shell's history and show in the list of processes. */
function command(
  { secret, keys }: SecretUse,
  note: string,
  place: Place,
  values: TemplateInput['values'],
): string {
  if (keys.length === 0)
    return `# ${secret}${note}: pods take it as a whole, and dist/ does not say what is in it; make it by the way that made it before`;
  return [
    `# ${secret}${note}: start this, give one line a key on standard input, as it is and without quotes, and end with Ctrl-D`,
    kubectlCommand(place, `create secret generic ${secret} --from-env-file=/dev/stdin`),
    ...keys.flatMap((key) => described(`${key}=...`, values[key])).map((line) => `# ${line}`),
  ].join('\n');
}
