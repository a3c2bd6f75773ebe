import type { Project } from './project.ts'

const audit = `  audit:
    image: debian:languages
    init: true
    command: [sleep, infinity]
    secrets: [key]
`

export const vault: Project = {
  name: 'vault',
  description: 'Secrets and configs of every kind: by file, environment and content',
  languages: 'Ruby',
  files: {
    '.env': 'TOKEN=first token\nMODE=strict\n',
    'docker-compose.yml': `services:
  web:
    build: .
    init: true
    ports: ["8080:8080"]
    environment: { LABEL: vault }
    secrets: [key, token, { source: key, target: renamed, mode: 0440 }]
    configs: [{ source: rules, target: /etc/rules }, { source: mode, target: /etc/mode }, { source: file, target: /etc/file }]
${audit}secrets:
  key: { file: ./key }
  token: { environment: TOKEN }
configs:
  rules: { content: "rules one of \${MODE}" }
  mode: { environment: MODE }
  file: { file: ./settings }
`,
    key: 'key one\n',
    settings: 'settings one\n',
    Dockerfile: 'FROM debian:languages\nCOPY web.rb /\nCMD ["ruby", "/web.rb"]\n',
    'web.rb': `require 'socket'
server = TCPServer.new(8080)
paths = %w[/run/secrets/key /run/secrets/token /run/secrets/renamed /etc/rules /etc/mode /etc/file]
loop do
  Thread.new(server.accept) do |client|
    nil until [nil, "\\r\\n"].include?(client.gets)
    body = "#{ENV['LABEL']} one\\n" + paths.map { |path| File.read(path).strip }.join(', ') + "\\n"
    client.write "HTTP/1.0 200 OK\\r\\nContent-Length: #{body.bytesize}\\r\\n\\r\\n#{body}"
    client.close
  end
end
`,
  },
  ask: 'curl -fsS 127.0.0.1:8080/',
  code: { 'web.rb': [["'LABEL']} one", "'LABEL']} two"]] },
  configuration: {
    'docker-compose.yml': [['rules one', 'rules two']],
    '.env': 'TOKEN=second token\nMODE=relaxed\n',
    key: 'key two\n',
    settings: 'settings two\n',
  },
  both: {
    'web.rb': [["'LABEL']} two", "'LABEL']} three"]],
    '.env': 'TOKEN=third token\nMODE=relaxed\n',
    'docker-compose.yml': [['LABEL: vault', 'LABEL: safe']],
  },
  services: { 'docker-compose.yml': [[audit, audit.replace('audit:', 'control:')]], settings: 'settings three\n' },
  failing: { 'docker-compose.yml': [['LABEL: safe }', 'LABEL: safe }\n    cap_add: [NO_SUCH_CAPABILITY]']] },
  forced: ['configuration', 'both', 'services'],
}
