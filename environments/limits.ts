import type { IngressController, SedaIngressProps } from '../lib';
import { fault } from '../lib/checks';
import { API } from './api';
import type { SedaEnvironment } from './environment';

/** How much one client may ask for. */
export interface Limits {
  /**
   * Requests a second.
   * @default 100
   */
  readonly requestsPerSecond?: number;
  /**
   * Largest body of a request.
   * @default 10Mi
   */
  readonly maxBodySize?: string;
}

/** Said where the platform sets the limits at its controller, and nothing of them is rendered. */
export const BY_THE_PLATFORM = 'by-the-platform';

/** As the first deployment had them. */
const DEFAULTS = { requestsPerSecond: 100, maxBodySize: '10Mi' } as const;

/** Seconds that a request may take; uploads and streams of the API are shorter. */
const REQUEST_TIMEOUT_SECONDS = 60;

type IngressLimits = Pick<
  SedaIngressProps,
  'requestsPerSecond' | 'maxBodySize' | 'requestTimeoutSeconds'
>;

/** What of the limits the way in of an environment is told. */
export function ingressLimits(
  { limits, requestTimeoutSeconds }: SedaEnvironment,
  ingress: IngressController,
): IngressLimits {
  // What an Ingress has no field for is refused where somebody wants it, and not where it is the default.
  const timeout = ingress.kind === 'ingress' ? undefined : REQUEST_TIMEOUT_SECONDS;
  const seconds = requestTimeoutSeconds ?? timeout;
  return {
    ...(limits === BY_THE_PLATFORM ? {} : { ...DEFAULTS, ...limits }),
    ...(seconds === undefined ? {} : { requestTimeoutSeconds: seconds }),
  };
}

/** Controllers that no field and no policy tells of a limit. */
function isUnlimited(ingress: IngressController): boolean {
  return ingress.kind === 'gateway-api'
    ? (ingress.implementation ?? 'portable') === 'portable'
    : ingress.kind === 'ingress';
}

/** Limits that nothing would hold, unless somebody has said that they are not wanted here. */
export function limitFaults({ ingress, limits }: SedaEnvironment): string[] {
  if (ingress === undefined || limits === BY_THE_PLATFORM || !isUnlimited(ingress)) return [];
  const where =
    ingress.kind === 'gateway-api'
      ? "set them in the policy of the Gateway's implementation and write limits: 'by-the-platform', or name the implementation in ingress"
      : "set them where the controller is configured, or by ingressAnnotations, and write limits: 'by-the-platform'";
  return [
    fault(
      'limits',
      'cannot be rendered for this ingress',
      limits ?? DEFAULTS,
      `"${BY_THE_PLATFORM}"`,
      `${where}; docs/gateway.md says how`,
    ),
  ];
}

/** The path of the metrics is refused by the ingress or, where that cannot, by somebody who is named. */
export function metricsFaults({ ingress, metricsRefused }: SedaEnvironment): string[] {
  if (ingress === undefined) return [];
  if (ingress.kind === 'ingress')
    return metricsRefused !== undefined
      ? []
      : [
          fault(
            'ingress.kind',
            `cannot refuse ${API.metricsPath} to users`,
            ingress.kind,
            'another kind, or something in front of it that refuses the path',
            `choose gateway-api, or write metricsRefused: '${BY_THE_PLATFORM}' where that is so; docs/gateway.md says why`,
          ),
        ];
  return metricsRefused === undefined
    ? []
    : [
        fault(
          'metricsRefused',
          'is what this ingress does itself',
          metricsRefused,
          'nothing beside another kind than "ingress"',
          'remove it',
        ),
      ];
}
