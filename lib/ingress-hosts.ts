import type { SedaIngressProps } from './seda-ingress';

/** Every host of an ingress, the first one first. */
export function hostsOf({
  host,
  extraHosts = [],
}: Pick<SedaIngressProps, 'host' | 'extraHosts'>): string[] {
  return [host, ...extraHosts];
}
