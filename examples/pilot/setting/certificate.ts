import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Certificate {
  /** PEM files. */
  readonly authority: string
  readonly cert: string
  readonly key: string
}

/** A private authority, and a certificate of it for a host. */
export function makeCertificate(folder: string, host: string): Certificate {
  const at = (name: string): string => join(folder, name)
  const openssl = (...line: string[]) => execFileSync('openssl', line, { stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const forAuthority = [
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign',
  ]
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '30',
    '-subj',
    '/CN=Pilot authority',
    ...forAuthority,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  )
  openssl('req', ...newKey, '-subj', '/CN=hub', '-keyout', at('hub.key'), '-out', at('hub.csr'))
  writeFileSync(at('hub.ext'), `subjectAltName=IP:${host}\nextendedKeyUsage=serverAuth\n`)
  const signing = [
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-days',
    '30',
    '-extfile',
    at('hub.ext'),
  ]
  openssl('x509', '-req', '-in', at('hub.csr'), '-out', at('hub.pem'), ...signing)
  return { authority: at('ca.pem'), cert: at('hub.pem'), key: at('hub.key') }
}
