import type { IngressController, SedaIngressProps } from '../lib';
import { fault } from '../lib/checks';
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
