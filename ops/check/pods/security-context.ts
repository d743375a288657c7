import { changedFields } from './fields';

interface SecurityContext {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly readOnlyRootFilesystem?: boolean;
  readonly seccompProfile?: { readonly type?: string };
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

/** Fields that are compared by what they mean; every other one stays as it is. */
const COMPARED = [
  ...['privileged', 'allowPrivilegeEscalation', 'runAsNonRoot', 'runAsUser'],
  ...['readOnlyRootFilesystem', 'seccompProfile', 'capabilities'],
];

/** What a security context forbids no longer. */
export function contextGuards(
  whose: string,
  before: SecurityContext = {},
  after: SecurityContext = {},
  isNew = false,
): string[] {
  const on = (field: 'privileged' | 'allowPrivilegeEscalation') =>
    after[field] === true && before[field] !== true;
  const off = (field: 'runAsNonRoot' | 'readOnlyRootFilesystem') =>
    !isNew && before[field] === true && after[field] !== true;
  const added = (after.capabilities?.add ?? []).filter(
    (capability) => !(before.capabilities?.add ?? []).includes(capability),
  );
  const kept = (before.capabilities?.drop ?? []).filter(
    (capability) =>
      !(after.capabilities?.drop ?? []).some((drop) => drop === 'ALL' || drop === capability),
  );
  const seccomp = [before, after].map((context) => context.seccompProfile?.type);
  const [was, is] = [before, after] as { readonly [field: string]: unknown }[];
  const others = changedFields(before, after).filter((field) => !COMPARED.includes(field));
  return [
    ...(isNew ? [] : others.map((field) => `${field} of ${whose} changes`)),
    ...(['runAsGroup', 'fsGroup'].some((field) => is![field] === 0 && was![field] !== 0)
      ? [`${whose} runs as root, by its group`]
      : []),
    ...['runAsUser', 'runAsGroup', 'fsGroup']
      .filter((field) => !isNew && was![field] !== undefined && is![field] === undefined)
      .map((field) => `${field} of ${whose} is left to the image`),
    ...(seccomp[1] === 'Unconfined' && seccomp[0] !== 'Unconfined'
      ? [`${whose} has no seccomp profile`]
      : []),
    ...(on('privileged') ? [`${whose} becomes privileged`] : []),
    ...(on('allowPrivilegeEscalation') ? [`${whose} may gain privileges`] : []),
    ...(before.allowPrivilegeEscalation === false && after.allowPrivilegeEscalation === undefined
      ? [`${whose} may gain privileges`]
      : []),
    ...(off('runAsNonRoot') ? [`${whose} may run as root`] : []),
    ...(after.runAsUser === 0 && before.runAsUser !== 0 ? [`${whose} runs as root`] : []),
    ...(off('readOnlyRootFilesystem') ? [`${whose} may write to its image`] : []),
    ...added.map((capability) => `${whose} gets the capability ${capability}`),
    ...kept.map((capability) => `${whose} keeps the capability ${capability}`),
    ...(seccomp[0] !== undefined && seccomp[0] !== 'Unconfined' && seccomp[0] !== seccomp[1]
      ? [`the seccomp profile of ${whose} becomes ${seccomp[1] ?? 'none'}`]
      : []),
  ];
}
