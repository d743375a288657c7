/** A family of IP addresses, in the terms of Kubernetes. */
export type IpFamily = 'IPv4' | 'IPv6';

/** Both of them. */
export const IP_FAMILIES: readonly IpFamily[] = ['IPv4', 'IPv6'];

/** Every address of a family. */
export const EVERYWHERE: { readonly [family in IpFamily]: string } = {
  IPv4: '0.0.0.0/0',
  IPv6: '::/0',
};

/** Addresses where clouds hand out credentials: link-local for all of them, and the IPv6 ones of AWS and Google. */
const METADATA_SERVICES = ['169.254.169.254', 'fd00:ec2::254', 'fd20:ce::254'];

const IPV4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;
const BITS: { readonly [family in IpFamily]: number } = { IPv4: 32, IPv6: 128 };

/** The family of an address, or nothing for any other text. */
export function familyOf(address: string): IpFamily | undefined {
  if (IPV4.test(address)) return 'IPv4';
  return /^[0-9A-Fa-f:.]+$/.test(address) && URL.canParse(`http://[${address}]`)
    ? 'IPv6'
    : undefined;
}

/** True for a range such as 10.0.0.0/8 or fd00::/8. */
export function isAddressRange(text: string): boolean {
  const [base = '', bits = '', ...more] = text.split('/');
  const family = familyOf(base);
  return (
    family !== undefined &&
    more.length === 0 &&
    /^(0|[1-9]\d{0,2})$/.test(bits) &&
    Number(bits) <= BITS[family]
  );
}

/** True for a range whose address is not its first one, such as 10.1.2.3/8: one of the two is a slip. */
export function isInsideRange(range: string): boolean {
  const [base = '', bits] = range.split('/');
  const family = familyOf(base);
  if (family === undefined || !isAddressRange(range)) return false;
  const outside = BigInt(BITS[family] - Number(bits));
  const number = numberOf(base, family);
  return (number >> outside) << outside !== number;
}

/** Ranges of the metadata services within a range; one such address alone was asked for by name. */
export function metadataServicesIn(range: string): string[] {
  const [base = '', bits] = range.split('/');
  const family = familyOf(base);
  if (family === undefined || !isAddressRange(range) || Number(bits) === BITS[family]) return [];
  const outside = BigInt(BITS[family] - Number(bits));
  const block = (address: string) => numberOf(address, family) >> outside;
  return METADATA_SERVICES.filter(
    (address) => familyOf(address) === family && block(address) === block(base),
  ).map((address) => `${address}/${BITS[family]}`);
}

/** An address as a number. */
function numberOf(address: string, family: IpFamily): bigint {
  if (family === 'IPv4')
    return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  // The URL writes an address in one way: hexadecimal groups, the longest run of zeros as "::".
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (side: string) => (side === '' ? [] : side.split(':'));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = Array<string>(8 - first.length - last.length).fill('0');
  return [...first, ...zeros, ...last].reduce(
    (sum, part) => sum * 65536n + BigInt(`0x${part}`),
    0n,
  );
}
