"""The columns of the register's tables, and the words that people use for them and in them."""

from __future__ import annotations

from dispatch_core.assignment.destinations import Ward
from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.places import PlaceKind

STATIONS = ("name", "kind", "lon", "lat")
UNITS = ("call_sign", "kind", "capabilities", "agency", "station", "plate", "phone", "turnout_s")
# A hospital's wards and whether insurers are billed there; yes, no, or empty: as it is.
FACTS = tuple(ward.value for ward in Ward)
PLACES = ("kind", "name", "lon", "lat", "phone", *FACTS)

HEADINGS = {
    "名称": "name", "类型": "kind", "类别": "kind", "经度": "lon", "纬度": "lat", "电话": "phone",
    "longitude": "lon", "latitude": "lat", "lng": "lon", "x": "lon", "y": "lat",
    "呼号": "call_sign", "能力": "capabilities", "单位": "agency", "机构": "agency", "站点": "station",
    "车牌": "plate", "车牌号": "plate", "出动秒数": "turnout_s", "turnout": "turnout_s",
    "直赔": "direct_pay", "创伤": "trauma", "创伤中心": "trauma", "烧伤": "burns", "儿科": "paediatrics",
}  # fmt: skip
UNIT_KINDS = {kind.value: kind for kind in UnitKind} | {
    "救护车": UnitKind.AMBULANCE, "救护": UnitKind.AMBULANCE, "拖车": UnitKind.TOW, "救援车": UnitKind.TOW,
    "tow_truck": UnitKind.TOW, "tow truck": UnitKind.TOW,
}  # fmt: skip
CAPABILITIES = {one.value: one for one in Capability} | {
    "高级救护": Capability.ALS, "基础救护": Capability.BLS, "普通救护": Capability.BLS,
    "平板": Capability.FLATBED, "平板拖车": Capability.FLATBED, "托举": Capability.WHEEL_LIFT,
    "托举拖车": Capability.WHEEL_LIFT, "重型": Capability.HEAVY_TOW, "重型拖车": Capability.HEAVY_TOW,
    "吊车": Capability.CRANE, "wheel lift": Capability.WHEEL_LIFT, "heavy tow": Capability.HEAVY_TOW,
}  # fmt: skip
PLACE_KINDS = {kind.value: kind for kind in PlaceKind} | {
    "医院": PlaceKind.HOSPITAL, "维修厂": PlaceKind.REPAIR_SHOP, "修理厂": PlaceKind.REPAIR_SHOP,
    "汽修厂": PlaceKind.REPAIR_SHOP, "服务点": PlaceKind.SERVICE_POINT, "停车场": PlaceKind.YARD,
    "garage": PlaceKind.REPAIR_SHOP,
}  # fmt: skip
YES_NO = {"yes": True, "true": True, "1": True, "是": True, "有": True} | {
    "no": False, "false": False, "0": False, "否": False, "无": False,
}  # fmt: skip
