import { IP_FAMILIES, isAddressRange, isInsideRange } from './address-range';
import { checkLabels, checkName, checkPort, checkUnique, fault } from './checks';
import type { ApiNetworkProps, DnsPeer, Egress } from './network';

/** The faults of who may talk to whom. */
export function networkFaults(props: ApiNetworkProps): string[] {
  const { clientNamespaces = [], clientPods = [], dnsPeers, egress = [] } = props;
  return [
    ...clientNamespaces.flatMap((client) => checkName('clientNamespaces', client)),
    ...checkUnique('clientNamespaces', clientNamespaces),
    ...clientPods.flatMap((labels, index) => podFaults(`clientPods.${index}`, labels)),
    ...(dnsPeers ?? []).flatMap((peer, index) => dnsFaults(`dnsPeers.${index}`, peer)),
    ...(dnsPeers?.length === 0
      ? [
          fault(
            'dnsPeers',
            'is empty',
            dnsPeers,
            'at least one name server',
            'name it, or leave dnsPeers out',
          ),
        ]
      : []),
    ...egress.flatMap(egressFaults),
    ...checkUnique(
      'egress',
      egress.map(({ name }) => name),
    ),
  ];
}

/** An empty set of labels selects every pod. */
function podFaults(path: string, labels: { readonly [key: string]: string }): string[] {
  return Object.keys(labels).length === 0
    ? [fault(path, 'is empty', labels, 'at least one label', 'none means every pod; name one')]
    : checkLabels(path, labels);
}

function dnsFaults(path: string, { namespace, podLabels, cidr, port = 53 }: DnsPeer): string[] {
  const named = [namespace, cidr].filter((one) => one !== undefined);
  return [
    ...(named.length === 1 && (podLabels === undefined || cidr === undefined)
      ? []
      : [
          fault(
            path,
            'needs one of two places',
            { namespace, podLabels, cidr },
            'namespace, with or without podLabels, or cidr',
            'name one of them',
          ),
        ]),
    ...(namespace === undefined ? [] : checkName(`${path}.namespace`, namespace)),
    ...checkLabels(`${path}.podLabels`, podLabels ?? {}),
    ...(cidr === undefined || isAddressRange(cidr) ? [] : [rangeFault(`${path}.cidr`, cidr)]),
    ...checkPort(`${path}.port`, port),
  ];
}

/** A family once, and at least one. */
export function familyFaults(families: ApiNetworkProps['ipFamilies']): string[] {
  if (families === undefined) return [];
  const good =
    families.length > 0 &&
    families.every(
      (family, index) => IP_FAMILIES.includes(family) && families.indexOf(family) === index,
    );
  return good
    ? []
    : [
        fault(
          'ipFamilies',
          'is no list of families',
          families,
          'IPv4, IPv6 or both, each once',
          'correct it',
        ),
      ];
}

function rangeFault(path: string, cidr: string): string {
  return fault(
    path,
    'is not an address range',
    cidr,
    'an address range such as 10.0.0.0/8 or fd00::/8',
    'correct it',
  );
}

function egressFaults(egress: Egress): string[] {
  const at = `egress.${egress.name}`;
  const faults = [
    ...egress.ports.flatMap((port) => checkPort(`${at}.ports`, port)),
    ...checkUnique(`${at}.ports`, egress.ports),
    ...checkUnique(`${at}.cidrs`, egress.cidrs ?? []),
  ];
  if (egress.ports.length === 0)
    faults.push(
      fault(`${at}.ports`, 'is empty', [], 'at least one port', 'name the port or drop the entry'),
    );
  faults.push(
    ...checkLabels(`${at}.podLabels`, egress.podLabels ?? {}),
    ...(egress.namespace === undefined ? [] : checkName(`${at}.namespace`, egress.namespace)),
  );
  const places = (['podLabels', 'namespace', 'cidrs'] as const).filter(
    (field) => egress[field] !== undefined,
  );
  if (places.length > 1)
    faults.push(
      fault(
        at,
        'is in more than one place',
        places,
        'podLabels, namespace or cidrs, of which one alone would count',
        'make an entry of each',
      ),
    );
  if (egress.cidrs?.length === 0)
    faults.push(
      fault(
        `${at}.cidrs`,
        'is empty',
        [],
        'at least one range, because none means every address',
        'name the range or drop the list',
      ),
    );
  for (const cidr of egress.cidrs ?? []) {
    if (!isAddressRange(cidr)) faults.push(rangeFault(`${at}.cidrs`, cidr));
    else if (isInsideRange(cidr))
      faults.push(
        fault(
          `${at}.cidrs`,
          'is an address inside of a range',
          cidr,
          'the first address of the range, or more bits',
          'correct the address or the bits',
        ),
      );
  }
  return faults;
}
