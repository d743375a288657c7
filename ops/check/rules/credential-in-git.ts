import {
  configCredentials,
  notCredentialsOf,
  withoutSettings,
} from '../../../lib/config-credentials';
import { credentialIn } from '../../../lib/credentials';
import type { Manifest } from '../../../lib/manifests';
import { type Finding, finding, type Rule } from '../rule';

/** A value that is in git is known to everybody who ever had a clone. */
export const credentialInGit: Rule = {
  name: 'credential-in-git',
  protects: 'No Secret and no credential is in the rendered YAML.',
  refuse: ({ differences }) =>
    [
      ...new Set(
        differences.filter(({ change }) => change !== 'removed').map(({ object }) => object),
      ),
    ].flatMap((object) =>
      object.kind === 'Secret' ? secretFindings(object) : textFindings(object),
    ),
  permit: ({ object, change, path }) =>
    object.kind === 'Secret' &&
    change !== 'removed' &&
    secretFindings(object).length === 0 &&
    (change === 'added' || path[0] !== 'metadata'),
};

function secretFindings(object: Manifest): Finding[] {
  const excused = notCredentialsOf(object);
  const keys = [...Object.keys(object.data ?? {}), ...Object.keys(object.stringData ?? {})];
  return keys.every((key) => excused.includes(key))
    ? []
    : [finding(object, 'values of a Secret would be in git', 'refer to the secret store')];
}

function textFindings(object: Manifest): Finding[] {
  const elsewhere = credentialIn(JSON.stringify(withoutSettings(object)));
  return [
    ...configCredentials(object).map(({ key, problem }) => `${key} ${problem}`),
    ...(elsewhere === undefined ? [] : [`it holds ${elsewhere}`]),
  ].map((reason) =>
    finding(
      object,
      reason,
      'refer to the secret store, and change the credential: it is known now',
    ),
  );
}
