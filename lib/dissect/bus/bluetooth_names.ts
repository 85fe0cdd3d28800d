// Names of Bluetooth's host controller interface (Bluetooth Core 5.4, Vol 4 Part E 7) and of its attribute protocol. Pure.
// To add one: a line in its table.
import { names } from "../coding/names.ts";
type Names = Readonly<Record<number, string>>;

/** Commands by operation code: group (6 bits), command (10 bits). */
export const COMMANDS: Names = names(`
  0x0401 Inquiry; 0x0402 Inquiry Cancel; 0x0405 Create Connection; 0x0406 Disconnect; 0x0408 Create Connection Cancel;
  0x0409 Accept Connection Request; 0x040a Reject Connection Request; 0x040b Link Key Request Reply;
  0x040c Link Key Request Negative Reply; 0x040d PIN Code Request Reply; 0x040e PIN Code Request Negative Reply;
  0x040f Change Connection Packet Type; 0x0411 Authentication Requested; 0x0413 Set Connection Encryption;
  0x0419 Remote Name Request; 0x041a Remote Name Request Cancel; 0x041b Read Remote Supported Features;
  0x041c Read Remote Extended Features; 0x041d Read Remote Version Information; 0x041f Read Clock Offset;
  0x042b IO Capability Request Reply; 0x042c User Confirmation Request Reply;
  0x042d User Confirmation Request Negative Reply; 0x0801 Hold Mode; 0x0803 Sniff Mode; 0x0804 Exit Sniff Mode;
  0x080b Switch Role; 0x080d Write Link Policy Settings; 0x080f Write Default Link Policy Settings;
  0x0c01 Set Event Mask; 0x0c03 Reset; 0x0c05 Set Event Filter; 0x0c0d Read Stored Link Key;
  0x0c12 Delete Stored Link Key; 0x0c13 Write Local Name; 0x0c14 Read Local Name;
  0x0c16 Write Connection Accept Timeout; 0x0c18 Write Page Timeout; 0x0c19 Read Scan Enable; 0x0c1a Write Scan Enable;
  0x0c1b Read Page Scan Activity; 0x0c1c Write Page Scan Activity; 0x0c1d Read Inquiry Scan Activity;
  0x0c1e Write Inquiry Scan Activity; 0x0c23 Read Class of Device; 0x0c24 Write Class of Device;
  0x0c25 Read Voice Setting; 0x0c33 Host Buffer Size; 0x0c38 Read Number of Supported IAC; 0x0c39 Read Current IAC LAP;
  0x0c44 Read Inquiry Mode; 0x0c45 Write Inquiry Mode; 0x0c46 Read Page Scan Type;
  0x0c52 Write Extended Inquiry Response; 0x0c55 Read Simple Pairing Mode; 0x0c56 Write Simple Pairing Mode;
  0x0c58 Read Inquiry Response TX Power; 0x0c63 Set Event Mask Page 2; 0x0c6d Write LE Host Support;
  0x0c7a Write Secure Connections Host Support; 0x1001 Read Local Version Information;
  0x1002 Read Local Supported Commands; 0x1003 Read Local Supported Features; 0x1004 Read Local Extended Features;
  0x1005 Read Buffer Size; 0x1009 Read BD_ADDR; 0x100b Read Local Supported Codecs; 0x1405 Read RSSI;
  0x1408 Read Encryption Key Size; 0x2001 LE Set Event Mask; 0x2002 LE Read Buffer Size;
  0x2003 LE Read Local Supported Features; 0x2005 LE Set Random Address; 0x2006 LE Set Advertising Parameters;
  0x2007 LE Read Advertising Channel TX Power; 0x2008 LE Set Advertising Data; 0x2009 LE Set Scan Response Data;
  0x200a LE Set Advertising Enable; 0x200b LE Set Scan Parameters; 0x200c LE Set Scan Enable;
  0x200d LE Create Connection; 0x200e LE Create Connection Cancel; 0x200f LE Read Filter Accept List Size;
  0x2010 LE Clear Filter Accept List; 0x2011 LE Add Device to Filter Accept List;
  0x2012 LE Remove Device from Filter Accept List; 0x2013 LE Connection Update; 0x2016 LE Read Remote Features;
  0x2017 LE Encrypt; 0x2018 LE Rand; 0x2019 LE Enable Encryption; 0x201a LE Long Term Key Request Reply;
  0x201b LE Long Term Key Request Negative Reply; 0x201c LE Read Supported States; 0x2022 LE Set Data Length;
  0x2023 LE Read Suggested Default Data Length; 0x2024 LE Write Suggested Default Data Length;
  0x2027 LE Add Device to Resolving List; 0x2029 LE Clear Resolving List; 0x202a LE Read Resolving List Size;
  0x202d LE Set Address Resolution Enable; 0x202e LE Set Resolvable Private Address Timeout;
  0x202f LE Read Maximum Data Length; 0x2030 LE Read PHY; 0x2031 LE Set Default PHY; 0x2032 LE Set PHY;
  0x2035 LE Set Advertising Set Random Address; 0x2036 LE Set Extended Advertising Parameters;
  0x2037 LE Set Extended Advertising Data; 0x2038 LE Set Extended Scan Response Data;
  0x2039 LE Set Extended Advertising Enable; 0x203a LE Read Maximum Advertising Data Length;
  0x203b LE Read Number of Supported Advertising Sets; 0x203c LE Remove Advertising Set;
  0x203d LE Clear Advertising Sets; 0x2041 LE Set Extended Scan Parameters; 0x2042 LE Set Extended Scan Enable;
  0x2043 LE Extended Create Connection
`);

export const COMMAND_GROUPS: Names = {
  1: "link control",
  2: "link policy",
  3: "controller and baseband",
  4: "information",
  5: "status",
  6: "testing",
  8: "low energy",
  63: "of the vendor",
};

export const EVENTS: Names = names(`
  0x01 Inquiry Complete; 0x02 Inquiry Result; 0x03 Connection Complete; 0x04 Connection Request;
  0x05 Disconnection Complete; 0x06 Authentication Complete; 0x07 Remote Name Request Complete; 0x08 Encryption Change;
  0x09 Change Connection Link Key Complete; 0x0b Read Remote Supported Features Complete;
  0x0c Read Remote Version Information Complete; 0x0d QoS Setup Complete; 0x0e Command Complete; 0x0f Command Status;
  0x10 Hardware Error; 0x12 Role Change; 0x13 Number of Completed Packets; 0x14 Mode Change; 0x16 PIN Code Request;
  0x17 Link Key Request; 0x18 Link Key Notification; 0x1a Data Buffer Overflow; 0x1b Max Slots Change;
  0x1c Read Clock Offset Complete; 0x1d Connection Packet Type Changed; 0x20 Page Scan Repetition Mode Change;
  0x22 Inquiry Result with RSSI; 0x23 Read Remote Extended Features Complete; 0x2c Synchronous Connection Complete;
  0x2d Synchronous Connection Changed; 0x2f Extended Inquiry Result; 0x30 Encryption Key Refresh Complete;
  0x31 IO Capability Request; 0x32 IO Capability Response; 0x33 User Confirmation Request; 0x36 Simple Pairing Complete;
  0x38 Link Supervision Timeout Changed; 0x3d Remote Host Supported Features Notification; 0x3e LE Meta; 0xff Vendor
`);

export const LOW_ENERGY_EVENTS: Names = names(`
  0x01 LE Connection Complete; 0x02 LE Advertising Report; 0x03 LE Connection Update Complete;
  0x04 LE Read Remote Features Complete; 0x05 LE Long Term Key Request; 0x06 LE Remote Connection Parameter Request;
  0x07 LE Data Length Change; 0x0a LE Enhanced Connection Complete; 0x0b LE Directed Advertising Report;
  0x0c LE PHY Update Complete; 0x0d LE Extended Advertising Report; 0x11 LE Scan Timeout;
  0x12 LE Advertising Set Terminated; 0x14 LE Channel Selection Algorithm
`);

/** Vol 1 Part F 1.3. */
export const STATUS: Names = names(`
  0x00 success; 0x01 unknown command; 0x02 unknown connection; 0x03 hardware failure; 0x04 page timeout;
  0x05 authentication failure; 0x06 PIN or key missing; 0x07 memory exceeded; 0x08 connection timeout;
  0x09 too many connections; 0x0b connection exists; 0x0c command not allowed; 0x0d refused: no resources;
  0x0e refused: security; 0x11 unsupported; 0x12 invalid parameters; 0x13 ended by the remote user;
  0x14 ended by the remote device: low resources; 0x15 ended by the remote device: power off; 0x16 ended by this host;
  0x1a unsupported by the remote device; 0x1f unspecified; 0x22 no response in time; 0x3a controller busy;
  0x3b unacceptable parameters; 0x3c advertising timeout; 0x3e connection failed to be established
`);

/** Fixed channels of L2CAP (Vol 3 Part A 2.1). */
export const CHANNELS: Names = {
  1: "signalling",
  2: "connectionless",
  4: "attribute protocol",
  5: "low energy signalling",
  6: "security manager",
  7: "security manager (BR/EDR)",
};

export const SIGNALS: Names = names(`
  0x01 command reject; 0x02 connection request; 0x03 connection response; 0x04 configuration request;
  0x05 configuration response; 0x06 disconnection request; 0x07 disconnection response; 0x08 echo request;
  0x09 echo response; 0x0a information request; 0x0b information response; 0x12 connection parameter update request;
  0x13 connection parameter update response; 0x14 credit-based connection request;
  0x15 credit-based connection response; 0x16 flow control credit
`);

/** Services and characteristics that are met often (Bluetooth Assigned Numbers). */
export const UUIDS: Names = names(`
  0x0001 SDP; 0x0003 RFCOMM; 0x0017 AVCTP; 0x0019 AVDTP; 0x1800 generic access; 0x1801 generic attribute;
  0x1802 immediate alert; 0x180a device information; 0x180d heart rate; 0x180f battery; 0x1812 human interface device;
  0x2800 primary service; 0x2801 secondary service; 0x2802 include; 0x2803 characteristic;
  0x2900 characteristic extended properties; 0x2901 characteristic user description;
  0x2902 client characteristic configuration; 0x2a00 device name; 0x2a01 appearance;
  0x2a04 preferred connection parameters; 0x2a05 service changed; 0x2a19 battery level; 0x2a29 manufacturer name;
  0x2a37 heart rate measurement; 0xfd6f exposure notification; 0xfe9f Google; 0xfeaa Eddystone
`);
