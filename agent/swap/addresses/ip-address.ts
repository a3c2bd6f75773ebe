// Compares IP addresses as numbers.
import { isIPv4 } from 'node:net'

export interface IpAddress {
  family: 4 | 6
  value: bigint
}

/** @param text may end with a prefix length, which is ignored. */
export function parseAddress(text: string): IpAddress {
  const [address = ''] = text.split(/[/%]/)
  if (isIPv4(address)) return { family: 4, value: joinParts(address.split('.').map(Number), 8n) }
  const [head = [], tail] = address.split('::').map(wordsOf)
  const missing = tail ? new Array<number>(8 - head.length - tail.length).fill(0) : []
  return { family: 6, value: joinParts([...head, ...missing, ...(tail ?? [])], 16n) }
}

/** Compares addresses that may be written differently, such as `fd00::5` and `fd00:0::5`. */
export function includesAddress(addresses: string[], address: string): boolean {
  const { family, value } = parseAddress(address)
  return addresses.map(parseAddress).some((other) => other.family === family && other.value === value)
}

/** Returns the first and the last address of a subnet such as `172.20.0.0/16`. */
export function subnetBounds(subnet: string): { first: bigint; last: bigint } {
  const { family, value } = parseAddress(subnet)
  const hostBits = BigInt((family === 4 ? 32 : 128) - Number(subnet.split('/')[1]))
  const first = (value >> hostBits) << hostBits
  return { first, last: first + (1n << hostBits) - 1n }
}

function joinParts(parts: number[], bits: bigint): bigint {
  return parts.reduce((value, part) => (value << bits) | BigInt(part), 0n)
}

/** Returns the 16-bit words of a part of an IPv6 address, which may end with an IPv4 address. */
function wordsOf(part: string): number[] {
  return part.split(':').flatMap((word) => {
    if (word === '') return []
    if (!isIPv4(word)) return [Number.parseInt(word, 16)]
    const value = Number(parseAddress(word).value)
    return [value >>> 16, value & 0xffff]
  })
}
