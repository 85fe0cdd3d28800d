// Names of the X Window System's protocol (X.Org "X Window System Protocol", version 11): requests, events, errors. Pure.
import { names } from "../coding/names.ts";

/** Requests by operation code, from 1 on (chapter 9). */
export const REQUESTS: readonly string[] =
  ("|CreateWindow|ChangeWindowAttributes|GetWindowAttributes|DestroyWindow|DestroySubwindows|" +
    "ChangeSaveSet|ReparentWindow|MapWindow|MapSubwindows|UnmapWindow|UnmapSubwindows|ConfigureWindow|CirculateWindow|" +
    "GetGeometry|QueryTree|InternAtom|GetAtomName|ChangeProperty|DeleteProperty|GetProperty|ListProperties|" +
    "SetSelectionOwner|GetSelectionOwner|ConvertSelection|SendEvent|GrabPointer|UngrabPointer|GrabButton|UngrabButton|" +
    "ChangeActivePointerGrab|GrabKeyboard|UngrabKeyboard|GrabKey|UngrabKey|AllowEvents|GrabServer|UngrabServer|" +
    "QueryPointer|GetMotionEvents|TranslateCoordinates|WarpPointer|SetInputFocus|GetInputFocus|QueryKeymap|OpenFont|" +
    "CloseFont|QueryFont|QueryTextExtents|ListFonts|ListFontsWithInfo|SetFontPath|GetFontPath|CreatePixmap|FreePixmap|" +
    "CreateGC|ChangeGC|CopyGC|SetDashes|SetClipRectangles|FreeGC|ClearArea|CopyArea|CopyPlane|PolyPoint|PolyLine|" +
    "PolySegment|PolyRectangle|PolyArc|FillPoly|PolyFillRectangle|PolyFillArc|PutImage|GetImage|PolyText8|PolyText16|" +
    "ImageText8|ImageText16|CreateColormap|FreeColormap|CopyColormapAndFree|InstallColormap|UninstallColormap|" +
    "ListInstalledColormaps|AllocColor|AllocNamedColor|AllocColorCells|AllocColorPlanes|FreeColors|StoreColors|" +
    "StoreNamedColor|QueryColors|LookupColor|CreateCursor|CreateGlyphCursor|FreeCursor|RecolorCursor|QueryBestSize|" +
    "QueryExtension|ListExtensions|ChangeKeyboardMapping|GetKeyboardMapping|ChangeKeyboardControl|GetKeyboardControl|" +
    "Bell|ChangePointerControl|GetPointerControl|SetScreenSaver|GetScreenSaver|ChangeHosts|ListHosts|SetAccessControl|" +
    "SetCloseDownMode|KillClient|RotateProperties|ForceScreenSaver|SetPointerMapping|GetPointerMapping|" +
    "SetModifierMapping|GetModifierMapping||||||||NoOperation").split("|");

/** Requests that a reply follows. */
export const REPLIED: ReadonlySet<number> = new Set([
  3,
  14,
  15,
  16,
  17,
  20,
  21,
  23,
  26,
  31,
  38,
  39,
  40,
  43,
  44,
  47,
  48,
  49,
  50,
  52,
  73,
  83,
  84,
  85,
  86,
  87,
  91,
  92,
  97,
  98,
  99,
  101,
  103,
  106,
  108,
  110,
  116,
  117,
  118,
  119,
]);

/** Events by code, from 2 on (chapter 11). */
export const EVENTS: readonly string[] =
  ("||KeyPress|KeyRelease|ButtonPress|ButtonRelease|MotionNotify|EnterNotify|LeaveNotify|FocusIn|FocusOut|" +
    "KeymapNotify|Expose|GraphicsExposure|NoExposure|VisibilityNotify|CreateNotify|DestroyNotify|UnmapNotify|MapNotify|" +
    "MapRequest|ReparentNotify|ConfigureNotify|ConfigureRequest|GravityNotify|ResizeRequest|CirculateNotify|" +
    "CirculateRequest|PropertyNotify|SelectionClear|SelectionRequest|SelectionNotify|ColormapNotify|ClientMessage|" +
    "MappingNotify|GenericEvent").split("|");

/** Errors by code (chapter 4). */
export const ERRORS: readonly string[] =
  ("|Request|Value|Window|Pixmap|Atom|Cursor|Font|Match|Drawable|Access|Alloc|Colormap|GContext|IDChoice|" +
    "Name|Length|Implementation").split("|");

/** Atoms that exist from the start (appendix B), as far as windows carry them. */
export const ATOMS = names(`
  1 PRIMARY; 2 SECONDARY; 4 ATOM; 6 CARDINAL; 23 RESOURCE_MANAGER; 31 STRING; 33 WINDOW; 34 WM_COMMAND; 35 WM_HINTS;
  36 WM_CLIENT_MACHINE; 37 WM_ICON_NAME; 39 WM_NAME; 40 WM_NORMAL_HINTS; 41 WM_SIZE_HINTS; 67 WM_CLASS;
  68 WM_TRANSIENT_FOR
`);
