import com.sun.source.tree.*;
import com.sun.source.util.*;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import javax.lang.model.element.*;
import javax.tools.*;

/**
 * Prints what javac binds every call of a source tree to; benchmarks/truth_java.py runs it.
 *
 * <p>{@code java JavaCalls.java ROOT [CLASSPATH]}, one line a call, tab-separated: path, line, byte column of the last
 * identifier of the callee, then I with path, qualified name and name line of the declaration, or E for one that is not
 * in these files. A constructor stands for its class. What javac cannot bind is left out.
 */
public class JavaCalls extends TreePathScanner<Void, Void> {
    private static final PrintWriter out =
            new PrintWriter(new java.io.OutputStreamWriter(System.out, StandardCharsets.UTF_8));
    private final Trees trees;
    private final SourcePositions positions;
    private final Path root;
    private CompilationUnitTree unit;
    private String text;

    JavaCalls(Trees trees, Path root) {
        this.trees = trees;
        this.positions = trees.getSourcePositions();
        this.root = root;
    }

    public static void main(String[] args) throws Exception {
        Path root = Paths.get(args[0]).toAbsolutePath().normalize();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8);
        List<Path> paths = new ArrayList<>();
        try (var walk = Files.walk(root)) {
            walk.filter(p -> p.toString().endsWith(".java") && !p.endsWith("module-info.java")).sorted().forEach(paths::add);
        }
        List<String> options = new ArrayList<>(List.of("-proc:none", "-Xmaxerrs", "1000000", "-nowarn"));
        if (args.length > 1) options.addAll(List.of("-cp", args[1]));
        var problems = new DiagnosticCollector<JavaFileObject>();
        JavacTask task = (JavacTask) compiler.getTask(
                null, files, problems, options, null, files.getJavaFileObjectsFromPaths(paths));
        Iterable<? extends CompilationUnitTree> units = task.parse();
        task.analyze();
        JavaCalls scanner = new JavaCalls(Trees.instance(task), root);
        for (CompilationUnitTree unit : units) {
            scanner.unit = unit;
            scanner.text = unit.getSourceFile().getCharContent(true).toString();
            scanner.scan(unit, null);
        }
        out.flush();
        long errors = problems.getDiagnostics().stream().filter(d -> d.getKind() == Diagnostic.Kind.ERROR).count();
        System.err.println(paths.size() + " files, " + errors + " errors");
    }

    @Override
    public Void visitMethodInvocation(MethodInvocationTree node, Void nothing) {
        ExpressionTree select = node.getMethodSelect();
        TreePath path = new TreePath(getCurrentPath(), select);
        Element called = trees.getElement(path);
        if (select instanceof MemberSelectTree member) {
            site(last(member, member.getIdentifier()), member.getIdentifier().toString(), called);
        } else if (select instanceof IdentifierTree name) {
            site(positions.getStartPosition(unit, name), name.getName().toString(), called);
        }
        return super.visitMethodInvocation(node, nothing);
    }

    @Override
    public Void visitNewClass(NewClassTree node, Void nothing) {
        TreePath path = new TreePath(getCurrentPath(), node.getIdentifier());
        Tree type = node.getIdentifier();
        while (type instanceof ParameterizedTypeTree || type instanceof AnnotatedTypeTree) {
            type = type instanceof ParameterizedTypeTree p ? p.getType() : ((AnnotatedTypeTree) type).getUnderlyingType();
            path = new TreePath(path, type);
        }
        Element made = trees.getElement(path);
        if (type instanceof MemberSelectTree member) {
            site(last(member, member.getIdentifier()), member.getIdentifier().toString(), made);
        } else if (type instanceof IdentifierTree name) {
            site(positions.getStartPosition(unit, name), name.getName().toString(), made);
        }
        return super.visitNewClass(node, nothing);
    }

    private long last(Tree select, Name name) {
        return positions.getEndPosition(unit, select) - name.length();
    }

    private void site(long start, String name, Element called) {
        // What the compiler adds itself (default constructors, calls of super) is not written there.
        if (start < 0 || called == null || !text.startsWith(name, (int) start)) return;
        if (called.asType().getKind() == javax.lang.model.type.TypeKind.ERROR) return;
        if (called.getKind() == ElementKind.CONSTRUCTOR) called = called.getEnclosingElement();
        String where = place(unit, text, start);
        TreePath declared = trees.getPath(called);
        if (declared == null) {
            out.println(where + "\tE");
            return;
        }
        CompilationUnitTree in = declared.getCompilationUnit();
        long line = in.getLineMap().getLineNumber(namePosition(declared, called));
        out.println(where + "\tI\t" + relative(in) + "\t" + qualified(called) + "\t" + line);
    }

    /** The position of the name of a declaration, which its start (modifiers, annotations) is not. */
    private long namePosition(TreePath declared, Element element) {
        Tree tree = declared.getLeaf();
        String name = element.getSimpleName().toString();
        try {
            String source = declared.getCompilationUnit().getSourceFile().getCharContent(true).toString();
            int from = (int) positions.getStartPosition(declared.getCompilationUnit(), tree);
            if (tree instanceof MethodTree method && method.getReturnType() != null) {
                from = (int) positions.getEndPosition(declared.getCompilationUnit(), method.getReturnType());
            } else if (tree instanceof ClassTree type) {
                from = Math.max(from, (int) positions.getEndPosition(declared.getCompilationUnit(), type.getModifiers()));
            }
            var found = java.util.regex.Pattern.compile("\\b" + java.util.regex.Pattern.quote(name) + "\\b").matcher(source);
            return found.find(from) ? found.start() : from;
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private String place(CompilationUnitTree in, String source, long at) {
        long line = in.getLineMap().getLineNumber(at);
        int start = (int) in.getLineMap().getStartPosition(line);
        int column = source.substring(start, (int) at).getBytes(StandardCharsets.UTF_8).length;
        return relative(in) + "\t" + line + "\t" + column;
    }

    private String relative(CompilationUnitTree in) {
        return root.relativize(Paths.get(in.getSourceFile().toUri())).toString().replace('\\', '/');
    }

    private static String qualified(Element element) {
        Deque<String> parts = new ArrayDeque<>();
        for (Element e = element; e != null && e.getKind() != ElementKind.PACKAGE; e = e.getEnclosingElement()) {
            if (!e.getSimpleName().isEmpty()) parts.addFirst(e.getSimpleName().toString());
        }
        return String.join(".", parts);
    }
}
