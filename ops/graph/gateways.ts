import { calledOf } from '../../lib/kubernetes/identity';
import type { Manifest } from '../../lib/manifests';
import { gatewayRefsOf, type ParentRef } from '../../lib/kubernetes/routes';
import type { Rendering } from '../rendering/rendering';
import { type Arrow, type Box, type Part, unique } from './model';

/** The Gateways that routes are attached to, which the platform makes, and the arrows through them. */
export function gatewaysOf(
  rendering: Rendering,
  served: readonly { readonly object: Manifest; readonly host: string }[],
): Part {
  const namespace = rendering.namespace ?? '';
  const attached = rendering
    .ofKind('HTTPRoute')
    .flatMap((route) => gatewayRefsOf(route, namespace).map((ref) => ({ route, ref })));
  const leading = served.flatMap(({ object, host }) =>
    attached.filter(({ route }) => route === object).map(({ ref }) => ({ object, host, ref })),
  );
  return {
    boxes: unique(
      leading.map(({ ref }): Box => {
        const own = attached.filter((one) => idOf(one.ref) === idOf(ref));
        return {
          id: idOf(ref),
          title: `Gateway ${ref.name}`,
          lines: [
            ...(ref.namespace === namespace ? [] : [`namespace ${ref.namespace}`]),
            ...new Set(own.flatMap((one) => listenerLines(one.ref, one.route))),
          ],
          tone: 'route',
          inside: ref.namespace === namespace,
        };
      }),
    ),
    arrows: leading.flatMap(({ object, host, ref }): Arrow[] => [
      { from: host, to: idOf(ref), kind: 'traffic' },
      { from: idOf(ref), to: calledOf(object), kind: 'traffic' },
    ]),
  };
}

/** A listener leads on to Services, or sends all that comes to it elsewhere. */
function listenerLines({ sectionName }: ParentRef, { spec }: Manifest): string[] {
  if (sectionName === undefined) return [];
  type Rule = { filters?: { type: string; requestRedirect?: { scheme?: string } }[] };
  const schemes = ((spec?.rules ?? []) as Rule[]).flatMap(({ filters = [] }) =>
    filters.flatMap(({ type, requestRedirect }) =>
      type === 'RequestRedirect' ? (requestRedirect?.scheme ?? []) : [],
    ),
  );
  const [scheme] = schemes;
  return [`listener ${sectionName}${scheme ? ` redirects to ${scheme}` : ''}`];
}

function idOf({ namespace, name }: ParentRef): string {
  return `Gateway/${namespace}/${name}`;
}
