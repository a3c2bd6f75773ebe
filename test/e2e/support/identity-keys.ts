// Lists keys of Docker's inspection whose values are new for each container or belong to its run.

export const identityKeys = [
  'Id',
  'Created',
  'ResolvConfPath',
  'HostnamePath',
  'HostsPath',
  'LogPath',
  'GraphDriver',
  'SandboxID',
  'SandboxKey',
  'EndpointID',
  'MacAddress',
  'RestartCount',
  'ExecIDs',
]
