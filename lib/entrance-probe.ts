import type { Construct } from 'constructs';
import { Probe } from '../imports/monitoring.coreos.com';
import { checkPath, fault } from './checks';
import { hostsOf } from './ingress-hosts';
import type { Labels } from './labels';
import type { SedaIngressProps } from './seda-ingress';

/** Somebody who asks for the public hosts all the time, as users do: Prometheus' blackbox exporter. */
export interface EntranceProbe {
  /** Host and port of the exporter, e.g. `blackbox-exporter.monitoring:19115`. */
  readonly prober: string;
  /** Public path that answers 2xx while all is well, e.g. `/health`. */
  readonly path: string;
  /**
   * Its module, which says what a good answer is.
   * @default http_2xx
   */
  readonly module?: string;
}

const INTERVAL = '30s';
const PATIENCE = '10s';

/** The Probe of every host of an ingress; its series have the job `name`. */
export function entranceProbe(
  scope: Construct,
  name: string,
  { prober, path, module = 'http_2xx' }: EntranceProbe,
  ingress: SedaIngressProps,
  labels: Labels,
): void {
  const scheme = ingress.tls === undefined ? 'http' : 'https';
  new Probe(scope, 'probe', {
    metadata: { name, labels },
    spec: {
      jobName: name,
      prober: { url: prober },
      module,
      interval: INTERVAL,
      scrapeTimeout: PATIENCE,
      targets: {
        staticConfig: { static: hostsOf(ingress).map((host) => `${scheme}://${host}${path}`) },
      },
    },
  });
}

/** What is wrong with a probe. */
export function probeFaults(at: string, { prober, path, module }: EntranceProbe): string[] {
  return [
    ...(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?:\d{1,5}$/.test(prober)
      ? []
      : [
          fault(
            `${at}.prober`,
            'is not the address of an exporter',
            prober,
            'host and port, such as blackbox-exporter.monitoring:19115',
            'correct it',
          ),
        ]),
    ...checkPath(`${at}.path`, path),
    ...(module === undefined || /^[\w-]+$/.test(module)
      ? []
      : [
          fault(
            `${at}.module`,
            'is not a module of the exporter',
            module,
            'letters, digits, "_" and "-", such as http_2xx',
            'correct it',
          ),
        ]),
  ];
}
