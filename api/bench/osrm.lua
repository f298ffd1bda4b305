-- Drives the exported network as it is: every way lasts its `ds` tenths of a second, turns cost nothing.
api_version = 4

function setup()
  return {
    properties = {
      weight_name = 'duration',
      weight_precision = 1,
      u_turn_penalty = 0,
      traffic_light_penalty = 0,
      max_speed_for_map_matching = 200 / 3.6,
      continue_straight_at_waypoint = false,
      use_turn_restrictions = true,
    },
    restrictions = Sequence_of_vehicles,
  }
end

Sequence_of_vehicles = { 'motorcar', 'motor_vehicle', 'vehicle' }

function process_node(profile, node, result, relations)
end

function process_way(profile, way, result, relations)
  local tenths = tonumber(way:get_value_by_key('ds'))
  if not tenths then
    return
  end
  result.duration = tenths / 10
  result.forward_speed = 10
  result.backward_speed = 10
  result.forward_mode = mode.driving
  result.backward_mode = mode.driving
  if way:get_value_by_key('oneway') == 'yes' then
    result.backward_mode = mode.inaccessible
  end
  result.name = way:get_value_by_key('name') or ''
end

function process_turn(profile, turn)
  turn.duration = 0
  turn.weight = 0
end

return {
  setup = setup,
  process_way = process_way,
  process_node = process_node,
  process_turn = process_turn,
}
