// An OAuth 2.0 server for the tests: oidc-provider, with Microsoft's addresses, and tokens that Dovecot takes.
//
//     node server.mjs CONFIG
//
// CONFIG is JSON: port, tenant, and the files cert, key, and signing_key (in base64, as Dovecot keeps it). Each test registers
// a client of its own (RFC 7591), which may set how long its tokens live: access_ttl, refresh_ttl; mailbox, for one
// that logs in as itself; and strict_offline, for one that gets a refresh token for the scope offline_access only.
// What was granted is printed as one line of JSON each.

import { createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';

// Version 8, as Debian 12 has Node 18: version 9 wants a later one.
import Provider from 'oidc-provider';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const issuer = `https://localhost:${config.port}`;
const signingKey = createSecretKey(Buffer.from(readFileSync(config.signing_key, 'utf8'), 'base64'));
const MAIL = 'urn:mail';
const SCOPES = [
  'https://outlook.office.com/SMTP.Send',
  'https://outlook.office365.com/.default',
  'https://mail.google.com/',
];
const HOUR = 3600;
const DAY = 24 * HOUR;
const root = `/${config.tenant}/oauth2/v2.0`;

const provider = new Provider(issuer, {
  routes: {
    authorization: `${root}/authorize`,
    token: `${root}/token`,
    device_authorization: `${root}/devicecode`,
    revocation: `${root}/revoke`,
    code_verification: '/device',
    registration: '/register',
  },
  scopes: ['offline_access'],
  extraClientMetadata: { properties: ['access_ttl', 'refresh_ttl', 'mailbox', 'strict_offline'] },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    registration: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => MAIL,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource, client) => ({
        scope: SCOPES.join(' '),
        audience: MAIL,
        accessTokenFormat: 'jwt',
        accessTokenTTL: client.access_ttl ?? HOUR,
        jwt: { sign: { alg: 'HS256', key: signingKey } },
      }),
    },
  },
  ttl: {
    RefreshToken: (ctx, token, client) => client.refresh_ttl ?? DAY,
  },
  // As Microsoft does for programs on people's machines: each refresh token is good for one use.
  rotateRefreshToken: true,
  issueRefreshToken: (ctx, client, code) =>
    client.grantTypeAllowed('refresh_token') && (!client.strict_offline || code.scopes.has('offline_access')),
  expiresWithSession: () => false,
  extraTokenClaims: (ctx, token) => ({ email: token.accountId ?? ctx.oidc.client.mailbox }),
  formats: {
    customizers: {
      // Dovecot knows this type alone.
      jwt: (ctx, token, jwt) => {
        jwt.header = { typ: 'JWT' };
      },
    },
  },
});

const tell = (event) => (ctx) => {
  const { client, params } = ctx.oidc;
  console.log(JSON.stringify({ event, grant: params?.grant_type, client: client?.clientId }));
};
provider.on('grant.success', tell('granted'));
provider.on('grant.error', tell('refused'));
provider.on('server_error', (ctx, error) => console.error(error));

const tls = { cert: readFileSync(config.cert), key: readFileSync(config.key) };
https.createServer(tls, provider.callback()).listen(config.port, '127.0.0.1', () => {
  console.log(JSON.stringify({ event: 'listening' }));
});
