import { type Colour, type Manifest, otherColour } from '../../lib';
import type { Mutation } from './commit';

type Change = (object: Manifest, active: Colour) => void;

/** Changes every object that is meant. */
export function each(
  name: string,
  isMeant: (object: Manifest, active: Colour) => boolean,
  change: Change,
): Mutation {
  return {
    name,
    isOfOne: true,
    mutate: (objects, active) => {
      for (const object of objects) if (isMeant(object, active)) change(object, active);
    },
  };
}

/** Drops every object that is meant. */
export function drop(
  name: string,
  isMeant: (object: Manifest, active: Colour) => boolean,
): Mutation {
  return { name, mutate: (objects, active) => objects.filter((one) => !isMeant(one, active)) };
}

/** Adds what comes of every object that is meant. */
export function add(
  name: string,
  isMeant: (object: Manifest, active: Colour) => boolean,
  change: Change,
): Mutation {
  return {
    name,
    mutate: (objects, active) => [
      ...objects,
      ...objects
        .filter((one) => isMeant(one, active))
        .slice(0, 1)
        .map((one) => {
          const copy = structuredClone(one);
          change(copy, active);
          return copy;
        }),
    ],
  };
}

export const kind =
  (...kinds: readonly string[]) =>
  (object: Manifest): boolean =>
    kinds.includes(object.kind);
const app = ({ metadata }: Manifest) => metadata.labels?.['app.kubernetes.io/name'];
export const isApi = (object: Manifest) =>
  object.kind === 'Deployment' && object.metadata.labels?.['app.kubernetes.io/component'] === 'api';
export const colourOf = ({ spec }: Manifest): Colour | undefined =>
  spec.selector?.matchLabels?.version ?? spec.selector?.version;
export const isActive = (object: Manifest, active: Colour) =>
  isApi(object) && (colourOf(object) ?? active) === active;
export const isIdle = (object: Manifest, active: Colour) =>
  isApi(object) && colourOf(object) === otherColour(active);
export const isSwitch = (object: Manifest) =>
  object.kind === 'Service' && object.metadata.name === app(object);
export const isPreview = (object: Manifest) =>
  object.kind === 'Service' && object.metadata.name === `${app(object)}-preview`;
export const isWay = (object: Manifest) =>
  kind('Ingress', 'HTTPRoute')(object) && !/-(blocked|redirect)$/.test(object.metadata.name);
/** Policies of the API's pods, of whichever colour. */
export const isPolicy = (object: Manifest) =>
  object.kind === 'NetworkPolicy' &&
  object.spec.podSelector.matchLabels?.app === app(object) &&
  object.spec.egress !== undefined;
export const wave = (object: Manifest, to: number) => {
  (object.metadata as { annotations: object }).annotations = {
    ...object.metadata.annotations,
    'argocd.argoproj.io/sync-wave': String(to),
  };
};
export const annotate = (object: Manifest, annotations: object) => {
  (object.metadata as { annotations: object }).annotations = {
    ...object.metadata.annotations,
    ...annotations,
  };
};
export const rename = (object: Manifest, name: string) => {
  (object.metadata as { name: string }).name = name;
};
export const container = ({ spec }: Manifest) => spec.template.spec.containers[0];
export const hasPort = (port: number) => (rule: Manifest['rule']) =>
  (rule.ports ?? []).some((one: Manifest['port']) => one.port === port);
export const withoutPort = (port: number) => (object: Manifest) => {
  object.spec.egress = object.spec.egress.filter((rule: Manifest['rule']) => !hasPort(port)(rule));
};

/** The rule of users, who send no header. */
export const userRule = ({ spec }: Manifest): Manifest['rule'] =>
  spec.rules.find(
    ({ matches, backendRefs }: Manifest['rule']) =>
      backendRefs !== undefined && matches[0].headers === undefined,
  );

/** First backend of the path of users, whichever kind the way in is. */
export const backend = (object: Manifest): { name: string; port: unknown } =>
  object.kind === 'Ingress'
    ? object.spec.rules[0].http.paths[0].backend.service
    : userRule(object).backendRefs[0];

/** Leads users to a Service that is called like the API's, and like that alone. */
export const leadTo = (object: Manifest, suffix: string) => {
  const one = backend(object);
  one.name = `${one.name.replace(/-(blue|green)$/, '')}${suffix}`;
  if (object.kind === 'HTTPRoute')
    userRule(object).backendRefs = [{ ...userRule(object).backendRefs[0], weight: 1 }];
};

/** Gives the colours other weights, blue first. */
export const weigh = (object: Manifest, ...weights: readonly number[]) => {
  const { backendRefs } = userRule(object);
  for (const [index, one] of backendRefs.entries()) one.weight = weights[index];
};
