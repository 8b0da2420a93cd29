#--- path: imports.rb ---#
require 'set'
#^ import module set:*
require_relative "dir/file"
#^ import module .dir/file:*
load "tasks.rb"
#^ import module tasks.rb:*
require name
