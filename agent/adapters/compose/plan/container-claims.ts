// Lists the resources of a container that another one must not use at the same time: two databases on one volume would
// destroy its data.

interface ClaimingHostConfig {
  Binds?: string[] | null | undefined
  Mounts?: { Type?: string; Source?: string; ReadOnly?: boolean | undefined }[] | null | undefined
  NetworkMode?: string | undefined
}

/** Writes `volume data`, `/srv/files`, `address 10.0.0.5 in shop_default`, `network host`. */
export function listClaims(
  { Binds, Mounts, NetworkMode }: ClaimingHostConfig,
  addresses: Record<string, string[]>,
): string[] {
  const binds = (Binds ?? []).map((bind) => bind.split(':')).filter(([, , mode]) => !isReadOnly(mode))
  const mounts = (Mounts ?? []).filter(({ ReadOnly, Type }) => !ReadOnly && (Type === 'volume' || Type === 'bind'))
  const sources = [...binds.map(([source = '']) => source), ...mounts.map(({ Source = '' }) => Source)]
  return [
    ...sources.filter(Boolean).map((source) => (source.startsWith('/') ? source : `volume ${source}`)),
    ...Object.entries(addresses).flatMap(([network, ofNetwork]) =>
      ofNetwork.map((address) => `address ${address} in ${network}`),
    ),
    ...(NetworkMode === 'host' ? ['network host'] : []),
  ]
}

function isReadOnly(mode: string | undefined): boolean {
  return mode?.split(',').includes('ro') ?? false
}
