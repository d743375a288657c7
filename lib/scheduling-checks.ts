import { familyOf } from './address-range';
import { checkLabels, checkObjectName, checkWholeNumber, fault } from './checks';
import type { DnsConfig, DnsPolicy, Toleration, TopologySpread } from './pod-settings';

const DNS_POLICIES: readonly DnsPolicy[] = ['ClusterFirst', 'Default', 'None'];
const OPERATORS = ['Equal', 'Exists'];
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const SPREADS = ['ScheduleAnyway', 'DoNotSchedule'];

/** What is wrong with a toleration, as the API server would say it at the first apply. */
export function tolerationFaults(at: string, toleration: Toleration): string[] {
  const { key, operator = 'Equal', value, effect, tolerationSeconds } = toleration;
  return [
    ...oneOfFaults(`${at}.operator`, operator, OPERATORS),
    ...(effect === undefined ? [] : oneOfFaults(`${at}.effect`, effect, EFFECTS)),
    ...checkLabels(at, key === undefined ? {} : { [key]: value ?? '' }),
    ...(key === undefined && operator === 'Equal'
      ? [fault(`${at}.key`, 'is missing', key, 'the key of a taint', 'add it or use Exists')]
      : []),
    ...(value !== undefined && operator === 'Exists'
      ? [fault(`${at}.value`, 'does not count', value, 'no value with Exists', 'leave it out')]
      : []),
    ...(tolerationSeconds === undefined
      ? []
      : [
          ...checkWholeNumber(`${at}.tolerationSeconds`, tolerationSeconds, 0, 2 ** 31 - 1),
          ...(effect === 'NoExecute'
            ? []
            : [
                fault(
                  `${at}.tolerationSeconds`,
                  'is for NoExecute alone',
                  tolerationSeconds,
                  'no value with another effect',
                  'leave it out',
                ),
              ]),
        ]),
  ];
}

/** What is wrong with a constraint of the spread. */
export function spreadFaults(at: string, spread: TopologySpread): string[] {
  const { topologyKey, maxSkew = 1, whenUnsatisfiable = 'ScheduleAnyway' } = spread;
  return [
    ...checkLabels(`${at}.topologyKey`, { [topologyKey]: '' }),
    ...checkWholeNumber(`${at}.maxSkew`, maxSkew, 1, 1000),
    ...oneOfFaults(`${at}.whenUnsatisfiable`, whenUnsatisfiable, SPREADS),
  ];
}

/** What is wrong with the resolver of pods. */
export function dnsFaults(path: string, policy: DnsPolicy, config: DnsConfig): string[] {
  const { nameservers = [], searches = [] } = config;
  const at = `${path}.dnsConfig`;
  return [
    ...oneOfFaults(`${path}.dnsPolicy`, policy, DNS_POLICIES),
    ...nameservers
      .filter((address) => familyOf(address) === undefined)
      .map((address) =>
        fault(`${at}.nameservers`, 'is not an address', address, 'an IP address', 'correct it'),
      ),
    ...(nameservers.length > 3
      ? [fault(`${at}.nameservers`, 'are too many', nameservers.length, 'at most 3', 'drop some')]
      : []),
    ...(policy === 'None' && nameservers.length === 0
      ? [
          fault(
            `${at}.nameservers`,
            'is empty',
            nameservers,
            'at least one address with the policy None',
            'name a name server',
          ),
        ]
      : []),
    ...searches.flatMap((domain) => checkObjectName(`${at}.searches`, domain)),
    ...(searches.length > 32
      ? [fault(`${at}.searches`, 'are too many', searches.length, 'at most 32', 'drop some')]
      : []),
  ];
}

/** One of a few words. */
export function oneOfFaults(path: string, value: string, known: readonly string[]): string[] {
  return known.includes(value)
    ? []
    : [fault(path, 'is unknown', value, known.join(', '), 'correct it')];
}
