import { canonicalText } from '../../rendering/canonical';

/** The fields in which two objects differ. */
export function changedFields(before: object, after: object): string[] {
  const [one, other] = [before, after] as { readonly [field: string]: unknown }[];
  return [...new Set([...Object.keys(one!), ...Object.keys(other!)])].filter(
    (field) => canonicalText(one![field]) !== canonicalText(other![field]),
  );
}
