// What the fields of NetFlow 9 and IPFIX records are (IANA "IPFIX Information Elements", RFC 3954 8). Pure.
// To add one: its number with its name and kind. Kinds: u number, 4 and 6 addresses, m link address, t text, s seconds and
// f milliseconds since 1970, n nanoseconds as NTP counts them, p IP protocol, b TCP flags, o octets.

const TABLE = `
1 octetDeltaCount u|2 packetDeltaCount u|3 deltaFlowCount u|4 protocolIdentifier p|5 ipClassOfService u
6 tcpControlBits b|7 sourceTransportPort u|8 sourceIPv4Address 4|9 sourceIPv4PrefixLength u|10 ingressInterface u
11 destinationTransportPort u|12 destinationIPv4Address 4|13 destinationIPv4PrefixLength u|14 egressInterface u
15 ipNextHopIPv4Address 4|16 bgpSourceAsNumber u|17 bgpDestinationAsNumber u|18 bgpNextHopIPv4Address 4
19 postMCastPacketDeltaCount u|20 postMCastOctetDeltaCount u|21 flowEndSysUpTime u|22 flowStartSysUpTime u
23 postOctetDeltaCount u|24 postPacketDeltaCount u|25 minimumIpTotalLength u|26 maximumIpTotalLength u
27 sourceIPv6Address 6|28 destinationIPv6Address 6|29 sourceIPv6PrefixLength u|30 destinationIPv6PrefixLength u
31 flowLabelIPv6 u|32 icmpTypeCodeIPv4 u|33 igmpType u|34 samplingInterval u|35 samplingAlgorithm u
36 flowActiveTimeout u|37 flowIdleTimeout u|38 engineType u|39 engineId u|40 exportedOctetTotalCount u
41 exportedMessageTotalCount u|42 exportedFlowRecordTotalCount u|44 sourceIPv4Prefix 4|45 destinationIPv4Prefix 4
46 mplsTopLabelType u|47 mplsTopLabelIPv4Address 4|48 samplerId u|49 samplerMode u|50 samplerRandomInterval u
52 minimumTTL u|53 maximumTTL u|54 fragmentIdentification u|55 postIpClassOfService u|56 sourceMacAddress m
57 postDestinationMacAddress m|58 vlanId u|59 postVlanId u|60 ipVersion u|61 flowDirection u
62 ipNextHopIPv6Address 6|63 bgpNextHopIPv6Address 6|64 ipv6ExtensionHeaders u|70 mplsTopLabelStackSection o
71 mplsLabelStackSection2 o|72 mplsLabelStackSection3 o|80 destinationMacAddress m|81 postSourceMacAddress m
82 interfaceName t|83 interfaceDescription t|84 samplerName t|85 octetTotalCount u|86 packetTotalCount u
88 fragmentOffset u|89 forwardingStatus u|90 mplsVpnRouteDistinguisher o|94 applicationDescription t|95 applicationId o
96 applicationName t|98 postIpDiffServCodePoint u|99 replicationFactor u|102 layer2packetSectionOffset u
128 bgpNextAdjacentAsNumber u|129 bgpPrevAdjacentAsNumber u|130 exporterIPv4Address 4|131 exporterIPv6Address 6
132 droppedOctetDeltaCount u|133 droppedPacketDeltaCount u|134 droppedOctetTotalCount u|135 droppedPacketTotalCount u
136 flowEndReason u|137 commonPropertiesId u|138 observationPointId u|139 icmpTypeCodeIPv6 u
140 mplsTopLabelIPv6Address 6|141 lineCardId u|142 portId u|143 meteringProcessId u|144 exportingProcessId u
145 templateId u|146 wlanChannelId u|147 wlanSSID t|148 flowId u|149 observationDomainId u|150 flowStartSeconds s
151 flowEndSeconds s|152 flowStartMilliseconds f|153 flowEndMilliseconds f|154 flowStartMicroseconds n
155 flowEndMicroseconds n|156 flowStartNanoseconds n|157 flowEndNanoseconds n|158 flowStartDeltaMicroseconds u
159 flowEndDeltaMicroseconds u|160 systemInitTimeMilliseconds f|161 flowDurationMilliseconds u
162 flowDurationMicroseconds u|163 observedFlowTotalCount u|164 ignoredPacketTotalCount u|165 ignoredOctetTotalCount u
166 notSentFlowTotalCount u|167 notSentPacketTotalCount u|168 notSentOctetTotalCount u|169 destinationIPv6Prefix 6
170 sourceIPv6Prefix 6|171 postOctetTotalCount u|172 postPacketTotalCount u|173 flowKeyIndicator u
174 postMCastPacketTotalCount u|175 postMCastOctetTotalCount u|176 icmpTypeIPv4 u|177 icmpCodeIPv4 u|178 icmpTypeIPv6 u
179 icmpCodeIPv6 u|180 udpSourcePort u|181 udpDestinationPort u|182 tcpSourcePort u|183 tcpDestinationPort u
184 tcpSequenceNumber u|185 tcpAcknowledgementNumber u|186 tcpWindowSize u|187 tcpUrgentPointer u|188 tcpHeaderLength u
189 ipHeaderLength u|190 totalLengthIPv4 u|191 payloadLengthIPv6 u|192 ipTTL u|193 nextHeaderIPv6 u
194 mplsPayloadLength u|195 ipDiffServCodePoint u|196 ipPrecedence u|197 fragmentFlags u|198 octetDeltaSumOfSquares u
200 mplsTopLabelTTL u|201 mplsLabelStackLength u|202 mplsLabelStackDepth u|203 mplsTopLabelExp u|204 ipPayloadLength u
205 udpMessageLength u|206 isMulticast u|207 ipv4IHL u|208 ipv4Options u|209 tcpOptions u|210 paddingOctets o
211 collectorIPv4Address 4|212 collectorIPv6Address 6|213 exportInterface u|214 exportProtocolVersion u
215 exportTransportProtocol p|216 collectorTransportPort u|217 exporterTransportPort u|218 tcpSynTotalCount u
219 tcpFinTotalCount u|220 tcpRstTotalCount u|221 tcpPshTotalCount u|222 tcpAckTotalCount u|223 tcpUrgTotalCount u
224 ipTotalLength u|225 postNATSourceIPv4Address 4|226 postNATDestinationIPv4Address 4
227 postNAPTSourceTransportPort u|228 postNAPTDestinationTransportPort u|229 natOriginatingAddressRealm u|230 natEvent u
231 initiatorOctets u|232 responderOctets u|233 firewallEvent u|234 ingressVRFID u|235 egressVRFID u|236 VRFname t
237 postMplsTopLabelExp u|238 tcpWindowScale u|239 biflowDirection u|240 ethernetHeaderLength u
241 ethernetPayloadLength u|242 ethernetTotalLength u|243 dot1qVlanId u|244 dot1qPriority u|245 dot1qCustomerVlanId u
246 dot1qCustomerPriority u|252 ingressPhysicalInterface u|253 egressPhysicalInterface u|254 postDot1qVlanId u
256 ethernetType u|257 postIpPrecedence u|258 collectionTimeMilliseconds f|277 observationPointType u
278 newConnectionDeltaCount u|279 connectionSumDurationSeconds u|280 connectionTransactionId u
281 postNATSourceIPv6Address 6|282 postNATDestinationIPv6Address 6|283 natPoolId u|284 natPoolName t
292 ipv6ExtensionHeadersFull o|294 bgpValidityState u|298 initiatorPackets u|299 responderPackets u|300 observationDomainName t
301 selectionSequenceId u|302 selectorId u|303 informationElementId u|304 selectorAlgorithm u|305 samplingPacketInterval u
306 samplingPacketSpace u|307 samplingTimeInterval u|308 samplingTimeSpace u|309 samplingSize u|310 samplingPopulation u
311 samplingProbability o|312 dataLinkFrameSize u|313 ipHeaderPacketSection o|314 ipPayloadPacketSection o
315 dataLinkFrameSection o|316 mplsLabelStackSection o|317 mplsPayloadPacketSection o|318 selectorIdTotalPktsObserved u
319 selectorIdTotalPktsSelected u|322 observationTimeSeconds s|323 observationTimeMilliseconds f
324 observationTimeMicroseconds n|325 observationTimeNanoseconds n|335 samplerName t|339 informationElementDataType u
340 informationElementDescription t|341 informationElementName t|342 informationElementRangeBegin u
343 informationElementRangeEnd u|344 informationElementSemantics u|345 informationElementUnits u
346 privateEnterpriseNumber u|351 layer2SegmentId u|352 layer2OctetDeltaCount u|361 portRangeStart u|362 portRangeEnd u
371 userName t|390 flowSelectorAlgorithm u|410 sectionExportedOctets u|459 httpRequestMethod t|460 httpRequestHost t
461 httpRequestTarget t|462 httpMessageVersion t|468 httpUserAgent t|469 httpContentType t|470 httpReasonPhrase t`;

/** How a field is read: see above. */
export type FieldKind = "u" | "4" | "6" | "m" | "t" | "s" | "f" | "n" | "p" | "b" | "o";

export const ELEMENTS: ReadonlyMap<number, readonly [name: string, kind: FieldKind]> = new Map(
  TABLE.trim().split(/[|\n]/).map((line) => {
    const [number, name, kind] = line.split(" ");
    return [Number(number), [name!, kind as FieldKind]];
  }),
);

/** What the numbers of an element mean. */
export const MEANINGS: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  61: { 0: "came in", 1: "went out" },
  136: { 1: "idle", 2: "active for too long", 3: "its end was seen", 4: "forced", 5: "lack of resources" },
  230: { 1: "NAT44 session made", 2: "NAT44 session deleted", 4: "NAT64 session made", 5: "NAT64 session deleted" },
  233: { 0: "ignored", 1: "flow made", 2: "flow deleted", 3: "flow denied", 4: "alert", 5: "update" },
  239: { 0: "arbitrary", 1: "from the initiator", 2: "reverse", 3: "from outside" },
  35: { 1: "every n-th packet", 2: "random" },
};

/** Scopes of the options of NetFlow 9 (RFC 3954 6.1). */
export const SCOPES: Readonly<Record<number, string>> = {
  1: "system",
  2: "interface",
  3: "line card",
  4: "cache",
  5: "template",
};
