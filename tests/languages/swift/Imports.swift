#--- path: Imports.swift ---#
import Foundation
#^ import module Foundation:*
import class UIKit.View
#^ import module UIKit.View:*
