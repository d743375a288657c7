import { type Manifest, otherColour } from '../../lib';
import {
  each,
  drop,
  add,
  kind,
  isSwitch,
  isPreview,
  isWay,
  isPolicy,
  wave,
  annotate,
  rename,
  withoutPort,
  backend,
  leadTo,
  userRule,
  weigh,
} from './mutation';
import type { Mutation } from './commit';

/** Network policies, Services and ways in with other constants. Most hurt somebody. */
export const WAYS: readonly Mutation[] = [
  // Network policies.
  each('policy without DNS', isPolicy, withoutPort(53)),
  each('policy without the database', isPolicy, withoutPort(5432)),
  each('policy without HTTPS', isPolicy, withoutPort(443)),
  each('policy without Redis', isPolicy, withoutPort(6379)),
  each('policy without the collector', isPolicy, withoutPort(4318)),
  each('policy to private addresses', isPolicy, ({ spec }) => {
    for (const { to } of spec.egress)
      for (const peer of to) if (peer.ipBlock) peer.ipBlock = { cidr: '10.0.0.0/8' };
  }),
  each('policy admits another port', isPolicy, ({ spec }) => {
    for (const { ports } of spec.ingress ?? []) ports[0].port = 3002;
  }),
  each('policy admits no controller', isPolicy, ({ spec }) => {
    for (const rule of spec.ingress ?? []) rule.from = rule.from.slice(1);
  }),
  each('policy admits Prometheus alone', isPolicy, ({ spec }) => {
    for (const rule of spec.ingress ?? [])
      rule.from = rule.from.filter(
        (peer: Manifest['peer']) =>
          peer.namespaceSelector?.matchLabels['kubernetes.io/metadata.name'] === 'monitoring',
      );
  }),
  each('policy admits no gate', isPolicy, ({ spec }) => {
    for (const rule of spec.ingress ?? [])
      rule.from = rule.from.filter((peer: Manifest['peer']) => !peer.podSelector);
  }),
  each('policy selects other pods', isPolicy, ({ spec }) => {
    spec.podSelector.matchLabels.tier = 'api';
  }),
  each('policy for everybody', isPolicy, ({ spec }) => {
    spec.ingress = [{}];
    spec.egress = [{}];
  }),
  drop('no policy', isPolicy),
  // The Services.
  each('switch to port 3002', isSwitch, ({ spec }) => {
    spec.ports[0].targetPort = 3002;
  }),
  each('switch to a name that no port has', isSwitch, ({ spec }) => {
    spec.ports[0].targetPort = 'web';
  }),
  each('switch with its port renamed', isSwitch, ({ spec }) => {
    spec.ports[0].name = 'web';
  }),
  each('switch on port 8080', isSwitch, ({ spec }) => {
    spec.ports[0].port = 8080;
  }),
  each('switch selects one label more', isSwitch, ({ spec }) => {
    spec.selector.tier = 'api';
  }),
  each('switch selects both colours', isSwitch, ({ spec }) => {
    delete spec.selector.version;
  }),
  each('switch to the other colour', isSwitch, ({ spec }, active) => {
    spec.selector.version = otherColour(active);
  }),
  each('switch leads out of the cluster', isSwitch, ({ spec }) => {
    spec.type = 'ExternalName';
    spec.externalName = 'example.com';
  }),
  each('switch without an address', isSwitch, ({ spec }) => {
    spec.clusterIP = 'None';
  }),
  each('switch in wave -30', isSwitch, (object) => wave(object, -30)),
  each('switch in wave 0', isSwitch, (object) => wave(object, 0)),
  each('preview selects everything', isPreview, ({ spec }) => {
    delete spec.selector.version;
  }),
  drop('no switch', (object) => Boolean(isSwitch(object))),
  drop('no preview', isPreview),
  // The ways in.
  each('way to the preview', isWay, (object) => {
    leadTo(object, '-preview');
  }),
  each('way to the fixed Service of blue', isWay, (object) => {
    leadTo(object, '-blue');
  }),
  each('way to another port', isWay, (object) => {
    backend(object).port = object.kind === 'Ingress' ? { number: 8080 } : 8080;
  }),
  each('way of another class', kind('Ingress'), ({ spec }) => {
    spec.ingressClassName = 'internal';
  }),
  each('way with another path', kind('Ingress'), ({ spec }) => {
    for (const path of spec.rules[0].http.paths) path.path = path.path.replace('/v1', '/v2');
  }),
  each('way that admits nobody', kind('Ingress'), (object) =>
    annotate(object, { 'nginx.ingress.kubernetes.io/denylist-source-range': '0.0.0.0/0,::/0' }),
  ),
  each('way without TLS', kind('Ingress'), ({ spec }) => {
    delete spec.tls;
  }),
  each('way to nobody', kind('HTTPRoute'), (object) => {
    if (isWay(object)) weigh(object, 0, 0);
  }),
  each('way to both colours', kind('HTTPRoute'), (object) => {
    if (isWay(object)) weigh(object, 50, 50);
  }),
  each('way to the other colour', kind('HTTPRoute'), (object, active) => {
    if (isWay(object)) weigh(object, active === 'blue' ? 0 : 100, active === 'blue' ? 100 : 0);
  }),
  each('way of testers for everybody', kind('HTTPRoute'), ({ spec }) => {
    for (const { matches } of spec.rules) delete matches[0].headers;
  }),
  drop('no way', isWay),
  drop('no certificate', kind('Certificate')),
  add('a second way takes a longer path', isWay, (object) => {
    rename(object, 'second');
    if (object.kind === 'Ingress') object.spec.rules[0].http.paths[0].path = '/api/v1/tracks';
    else userRule(object).matches[0].path.value = '/api/v1/tracks';
    leadTo(object, '-preview');
  }),
];
