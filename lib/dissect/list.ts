// Every protocol over TCP or UDP that can be explained. To add one: write its file with a `Protocol` in it, in the folder of
// its kind, import it here and add it to the array. The order is the order in which first bytes are tried: the surest
// first. The layers below TCP and UDP are in layers.ts.
import { AJP } from "./web/ajp.ts";
import { AMQP } from "./data/amqp.ts";
import { BABEL } from "./routing/babel.ts";
import { BFD, BFD_ECHO } from "./routing/bfd.ts";
import { BGP } from "./routing/bgp.ts";
import { BITTORRENT } from "./session/bittorrent.ts";
import { CASSANDRA } from "./data/cassandra.ts";
import { COAP } from "./data/coap.ts";
import { DCERPC } from "./files/dcerpc.ts";
import { DHT } from "./session/dht.ts";
import { DHCP } from "./network/dhcp.ts";
import { DHCP6 } from "./network/dhcp6.ts";
import { DIAMETER } from "./network/diameter.ts";
import { DNP3 } from "./data/dnp3.ts";
import { DNS } from "./network/dns.ts";
import { DTLS } from "./security/dtls.ts";
import { ENIP } from "./data/enip.ts";
import { FASTCGI } from "./web/fastcgi.ts";
import { FTP } from "./session/ftp.ts";
import { GIT } from "./session/git.ts";
import { GTPC } from "./network/gtpc.ts";
import { HTTP1 } from "./web/http1.ts";
import { HTTP2 } from "./web/http2.ts";
import { GLBP, HSRP } from "./routing/redundancy.ts";
import { IEC104 } from "./data/iec104.ts";
import { IKE } from "./security/ike.ts";
import { IMAP } from "./mail/imap.ts";
import { IPP } from "./web/ipp.ts";
import { IRC } from "./session/irc.ts";
import { ISCSI } from "./files/iscsi.ts";
import { KAFKA } from "./data/kafka.ts";
import { KERBEROS, KPASSWD } from "./security/kerberos.ts";
import { LDAP } from "./network/ldap.ts";
import { LDP } from "./routing/ldp.ts";
import { MEMCACHED } from "./data/memcached.ts";
import { MODBUS } from "./data/modbus.ts";
import { MONGODB } from "./data/mongodb.ts";
import { MQTT } from "./data/mqtt.ts";
import { MYSQL } from "./data/mysql.ts";
import { NATS } from "./data/nats.ts";
import { NBDGM } from "./network/nbdgm.ts";
import { NBNS } from "./network/nbns.ts";
import { NBD } from "./files/nbd.ts";
import { NETFLOW } from "./network/netflow.ts";
import { NTP } from "./network/ntp.ts";
import { NTS_KE } from "./network/nts_ke.ts";
import { OPENFLOW } from "./network/openflow.ts";
import { OPENVPN } from "./security/openvpn.ts";
import { POP3 } from "./mail/pop3.ts";
import { PORT_MAPPING } from "./network/port_mapping.ts";
import { POSTGRES } from "./data/postgres.ts";
import type { Protocol } from "./protocol.ts";
import { PROXY_PROTOCOL } from "./web/proxy_protocol.ts";
import { QUIC } from "./web/quic.ts";
import { RADIUS } from "./security/radius.ts";
import { RDP } from "./session/rdp.ts";
import { REDIS } from "./data/redis.ts";
import { RFB } from "./session/rfb.ts";
import { RIP, RIPNG } from "./routing/rip.ts";
import { RPC } from "./files/rpc.ts";
import { RPKI_RTR } from "./routing/rpki_rtr.ts";
import { RTMP } from "./media/rtmp.ts";
import { RTP } from "./media/rtp.ts";
import { RSYNC } from "./files/rsync.ts";
import { S7COMM } from "./data/s7.ts";
import { SFLOW } from "./network/sflow.ts";
import { RTSP, SIP } from "./media/sip.ts";
import { SMB2 } from "./files/smb2.ts";
import { SMPP } from "./data/smpp.ts";
import { SMTP } from "./mail/smtp.ts";
import { SNMP } from "./network/snmp.ts";
import { SOCKS, SOCKS_UDP } from "./web/socks.ts";
import { SOMEIP } from "./data/someip.ts";
import { SSDP } from "./web/ssdp.ts";
import { SSH } from "./security/ssh.ts";
import { GRAPHITE, STATSD } from "./network/statsd.ts";
import { STOMP } from "./data/stomp.ts";
import { STUN } from "./media/stun.ts";
import { SYSLOG } from "./network/syslog.ts";
import { TACACS } from "./security/tacacs.ts";
import { TDS } from "./data/tds.ts";
import { TELNET } from "./session/telnet.ts";
import { TFTP } from "./network/tftp.ts";
import { TLS } from "./security/tls.ts";
import { TNS } from "./data/tns.ts";
import { WEBSOCKET } from "./web/websocket.ts";
import { WIREGUARD } from "./security/wireguard.ts";
import { X_WINDOW } from "./session/x11.ts";
import { XMPP } from "./session/xmpp.ts";
import { ZABBIX } from "./network/zabbix.ts";
import { ZOOKEEPER } from "./data/zookeeper.ts";

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
  NATS,
  NBD,
  RSYNC,
  ZABBIX,
  STOMP,
  BGP,
  BITTORRENT,
  IRC,
  LDAP,
  KERBEROS,
  KPASSWD,
  DIAMETER,
  SMPP,
  FASTCGI,
  AJP,
  MODBUS,
  IEC104,
  DNP3,
  ENIP,
  AMQP,
  TDS,
  MONGODB,
  KAFKA,
  CASSANDRA,
  ZOOKEEPER,
  RPC,
  DCERPC,
  RPKI_RTR,
  RTMP,
  TACACS,
  S7COMM,
  TNS,
  OPENFLOW,
  X_WINDOW,
  ISCSI,
  MEMCACHED,
  SMB2,
  SOCKS,
  SOCKS_UDP,
  STUN,
  DNS,
  TELNET,
  SYSLOG,
  STATSD,
  GRAPHITE,
  WEBSOCKET,
  DHCP,
  DHCP6,
  NTP,
  NTS_KE,
  NBNS,
  NBDGM,
  DHT,
  PORT_MAPPING,
  SSDP,
  SOMEIP,
  DTLS,
  QUIC,
  NETFLOW,
  GTPC,
  SFLOW,
  SNMP,
  TFTP,
  RADIUS,
  RTP,
  IKE,
  OPENVPN,
  WIREGUARD,
  COAP,
  IPP,
  HSRP,
  GLBP,
  RIP,
  RIPNG,
  BABEL,
  BFD,
  BFD_ECHO,
  LDP,
];
