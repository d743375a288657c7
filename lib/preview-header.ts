/** What testers send to reach the colour that serves nobody under the host of the one that serves. */
export const PREVIEW_HEADER = { name: 'x-seda-preview', value: 'true' } as const;

/** Whether a way is one of testers alone, by the headers that a request must have to go it. */
export function isPreview({
  headers,
}: {
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}): boolean {
  return headers.some(
    ({ name, value }) => name === PREVIEW_HEADER.name && value === PREVIEW_HEADER.value,
  );
}
