"""What do names of Ruby mean beyond their file?

``require`` names a file, and who is loaded sees every constant, by whatever way it was loaded: Zeitwerk and
``autoload`` name no file. Classes and modules may be added to anywhere: all that have one qualified name are one
(https://docs.ruby-lang.org/en/3.3/syntax/modules_and_classes_rdoc.html).
"""

from dataclasses import replace

from mcp_server.languages.file_resolution import file_resolution

RESOLUTION = replace(file_resolution("ruby", (".rb",)), open_types=True, any_arguments=True)
