// Every protocol over TCP or UDP that can be explained. To add one: write its file with a `Protocol` in it, import it
// here and add it to the array. The order is the order in which first bytes are tried: the surest first. The layers
// below TCP and UDP are in layers.ts.
import { AMQP } from "./amqp.ts";
import { BITTORRENT } from "./bittorrent.ts";
import { COAP } from "./coap.ts";
import { DHCP } from "./dhcp.ts";
import { DHCP6 } from "./dhcp6.ts";
import { DNS } from "./dns.ts";
import { FASTCGI } from "./fastcgi.ts";
import { FTP } from "./ftp.ts";
import { GIT } from "./git.ts";
import { HTTP1 } from "./http1.ts";
import { HTTP2 } from "./http2.ts";
import { IMAP } from "./imap.ts";
import { IRC } from "./irc.ts";
import { KERBEROS } from "./kerberos.ts";
import { LDAP } from "./ldap.ts";
import { MEMCACHED } from "./memcached.ts";
import { MODBUS } from "./modbus.ts";
import { MQTT } from "./mqtt.ts";
import { MYSQL } from "./mysql.ts";
import { NTP } from "./ntp.ts";
import { OPENVPN } from "./openvpn.ts";
import { POP3 } from "./pop3.ts";
import { POSTGRES } from "./postgres.ts";
import type { Protocol } from "./protocol.ts";
import { PROXY_PROTOCOL } from "./proxy_protocol.ts";
import { QUIC } from "./quic.ts";
import { RADIUS } from "./radius.ts";
import { RDP } from "./rdp.ts";
import { REDIS } from "./redis.ts";
import { RFB } from "./rfb.ts";
import { RTP } from "./rtp.ts";
import { RTSP, SIP } from "./sip.ts";
import { SMTP } from "./smtp.ts";
import { SNMP } from "./snmp.ts";
import { SOCKS, SOCKS_UDP } from "./socks.ts";
import { SSH } from "./ssh.ts";
import { STUN } from "./stun.ts";
import { SYSLOG } from "./syslog.ts";
import { TELNET } from "./telnet.ts";
import { TFTP } from "./tftp.ts";
import { TLS } from "./tls.ts";
import { WEBSOCKET } from "./websocket.ts";
import { WIREGUARD } from "./wireguard.ts";
import { XMPP } from "./xmpp.ts";

export const PROTOCOLS: readonly Protocol[] = [
  TLS,
  PROXY_PROTOCOL,
  HTTP2,
  HTTP1,
  SIP,
  RTSP,
  SSH,
  SMTP,
  FTP,
  IMAP,
  POP3,
  REDIS,
  POSTGRES,
  MQTT,
  MYSQL,
  RFB,
  RDP,
  XMPP,
  GIT,
  BITTORRENT,
  IRC,
  LDAP,
  KERBEROS,
  FASTCGI,
  MODBUS,
  AMQP,
  MEMCACHED,
  SOCKS,
  SOCKS_UDP,
  STUN,
  DNS,
  TELNET,
  SYSLOG,
  WEBSOCKET,
  DHCP,
  DHCP6,
  NTP,
  QUIC,
  SNMP,
  TFTP,
  RADIUS,
  RTP,
  OPENVPN,
  WIREGUARD,
  COAP,
];
