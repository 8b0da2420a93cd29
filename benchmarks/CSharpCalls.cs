using System;
using System.Collections.Generic;
using System.Linq;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.CompilerServices.SymbolWriter;

/// <summary>
/// Prints the methods of an assembly and what its call instructions reach; benchmarks/truth_csharp.py runs it.
///
/// <c>mono CSharpCalls.exe ASSEMBLY.dll</c>, beside it its symbols (ASSEMBLY.dll.mdb). Tab-separated lines: D, token, type,
/// name, types of the parameters, source and first line ("" and 0 without a body); C, source, line, column (both from 1) of
/// the expression, "new", "first" (a constructor calls another) or "call", name, and token of what is called, 0 for what
/// another assembly has. A virtual call names the method that the type of its receiver has for it.
/// </summary>
public static class CSharpCalls
{
    public static void Main(string[] arguments)
    {
        ModuleDefinition module = ModuleDefinition.ReadModule(arguments[0]);
        MonoSymbolFile symbols = MonoSymbolFile.ReadSymbolFile(arguments[0] + ".mdb");
        foreach (MethodDefinition method in module.GetTypes().SelectMany(type => type.Methods))
        {
            MethodEntry entry = symbols.GetMethodByToken((int)method.MetadataToken.ToUInt32());
            LineNumberEntry[] lines = entry == null ? new LineNumberEntry[0] : entry.GetLineNumberTable().LineNumbers;
            string source = lines.Length == 0 ? "" : entry.CompileUnit.SourceFile.FileName;
            string taken = string.Join(",", method.Parameters.Select(p => p.ParameterType.Name));
            Print("D", method.MetadataToken.RID, method.DeclaringType.FullName, method.Name, taken, source,
                lines.Length == 0 ? 0 : lines[0].Row);
            if (lines.Length > 0 && method.HasBody) PrintCalls(method, source, lines);
        }
    }

    private static void Print(params object[] columns)
    {
        Console.WriteLine(string.Join("\t", columns));
    }

    private static void PrintCalls(MethodDefinition method, string source, LineNumberEntry[] lines)
    {
        var stack = new Stack(method);
        foreach (Instruction instruction in method.Body.Instructions)
        {
            stack.Begin(instruction);
            var called = instruction.Operand as MethodReference;
            Code code = instruction.OpCode.Code;
            if (called != null && (code == Code.Call || code == Code.Callvirt || code == Code.Newobj))
            {
                MethodDefinition target = Own(method.Module, called);
                bool settled = true;
                if (code == Code.Callvirt && (target == null || target.IsVirtual))
                {
                    TypeReference receiver = stack.Receiver(called);
                    MethodDefinition own = receiver == null ? null : Nearest(method.Module, receiver, called, target);
                    settled = own != null || (target == null && receiver != null);
                    target = own ?? target;
                }
                bool first = code == Code.Call && called.Name == ".ctor";
                foreach (LineNumberEntry at in first ? lines : Last(lines, instruction.Offset))
                    if (settled)
                        Print("C", source, at.Row, at.Column, code == Code.Newobj ? "new" : first ? "first" : "call",
                            called.Name, target == null ? 0 : target.MetadataToken.RID);
            }
            stack.Run(instruction);
        }
    }

    private static IEnumerable<LineNumberEntry> Last(LineNumberEntry[] lines, int offset)
    {
        return lines.Where(line => line.Offset <= offset).OrderBy(line => line.Offset).Reverse().Take(1);
    }

    /// <summary>The definition in this assembly, null for what another has.</summary>
    private static MethodDefinition Own(ModuleDefinition module, MethodReference called)
    {
        if (called.DeclaringType.IsArray || called.DeclaringType.Scope != (IMetadataScope)module) return null;
        return called.Resolve();
    }

    /// <summary>
    /// What the nearest type of this assembly has for a virtual method, from the receiver up; null when that is not known.
    /// <c>target</c> is the definition of what is called, null for one of another assembly.
    /// </summary>
    private static MethodDefinition Nearest(
        ModuleDefinition module, TypeReference receiver, MethodReference called, MethodDefinition target)
    {
        TypeDefinition type = receiver.IsArray || receiver.Scope != (IMetadataScope)module ? null : receiver.Resolve();
        if (receiver.IsGenericParameter || (type != null && type.IsInterface)) return target;
        for (; type != null; type = Above(module, type))
        {
            if (target != null && type == target.DeclaringType) return target;
            List<MethodDefinition> same = type.Methods.Where(m => m.IsVirtual && !m.IsNewSlot && m.Name == called.Name
                && m.Parameters.Count == called.Parameters.Count
                && m.GenericParameters.Count == called.GenericParameters.Count
                && m.Parameters.Zip(called.Parameters, (a, b) => Agree(a.ParameterType, b.ParameterType)).All(a => a)).ToList();
            if (same.Count == 1) return same[0];
            if (same.Count > 1) return null;
        }
        return null;
    }

    private static TypeDefinition Above(ModuleDefinition module, TypeDefinition type)
    {
        bool here = type.BaseType != null && type.BaseType.Scope == (IMetadataScope)module;
        return here ? type.BaseType.Resolve() : null;
    }

    private static bool Agree(TypeReference one, TypeReference other)
    {
        return one.FullName == other.FullName || IsOpen(other);
    }

    private static bool IsOpen(TypeReference type)
    {
        var made = type as GenericInstanceType;
        var around = type as TypeSpecification;
        return type.IsGenericParameter || (made != null && made.GenericArguments.Any(IsOpen))
            || (made == null && around != null && IsOpen(around.ElementType));
    }

    /// <summary>The types on the evaluation stack, null for one that is not known.</summary>
    private sealed class Stack
    {
        private readonly MethodDefinition method;
        private readonly Dictionary<Instruction, List<TypeReference>> saved =
            new Dictionary<Instruction, List<TypeReference>>();
        private List<TypeReference> types = new List<TypeReference>();
        private TypeReference constrained;
        private bool ended;

        public Stack(MethodDefinition method)
        {
            this.method = method;
            foreach (ExceptionHandler handler in method.Body.ExceptionHandlers)
                if (handler.HandlerType == ExceptionHandlerType.Catch)
                    saved[handler.HandlerStart] = new List<TypeReference> { handler.CatchType };
        }

        public void Begin(Instruction instruction)
        {
            List<TypeReference> here;
            if (saved.TryGetValue(instruction, out here) && (ended || here.Count == types.Count))
                types = new List<TypeReference>(here);
            else if (ended)
                types = new List<TypeReference>();
            ended = false;
        }

        public TypeReference Receiver(MethodReference called)
        {
            int at = types.Count - called.Parameters.Count - 1;
            return constrained ?? (at >= 0 ? types[at] : null);
        }

        public void Run(Instruction instruction)
        {
            OpCode code = instruction.OpCode;
            var called = instruction.Operand as MethodReference;
            constrained = code.Code == Code.Constrained ? (TypeReference)instruction.Operand : null;
            TypeReference first = types.Count > 0 ? types[types.Count - 1] : null;
            if (code.FlowControl == FlowControl.Call && called != null)
            {
                Pop(called.Parameters.Count + (called.HasThis && code.Code != Code.Newobj ? 1 : 0));
                TypeReference given = code.Code == Code.Newobj ? called.DeclaringType : Given(called);
                if (given == null || given.FullName != "System.Void") types.Add(given);
            }
            else
            {
                Pop(Popped(code));
                for (int n = Pushed(code); n > 0; n--) types.Add(Type(instruction, first));
            }
            if (instruction.Operand is Instruction) Save((Instruction)instruction.Operand);
            if (instruction.Operand is Instruction[])
                foreach (Instruction target in (Instruction[])instruction.Operand) Save(target);
            ended = code.FlowControl == FlowControl.Branch || code.FlowControl == FlowControl.Return
                || code.FlowControl == FlowControl.Throw;
        }

        private void Save(Instruction target)
        {
            if (!saved.ContainsKey(target)) saved[target] = new List<TypeReference>(types);
        }

        private void Pop(int count)
        {
            count = Math.Min(count, types.Count);
            types.RemoveRange(types.Count - count, count);
        }

        private static int Popped(OpCode code)
        {
            if (code.StackBehaviourPop == StackBehaviour.PopAll) return int.MaxValue;
            if (code.StackBehaviourPop == StackBehaviour.Varpop) return 1; // of a return
            return code.StackBehaviourPop.ToString().Split('_').Count(part => part.StartsWith("Pop") && part != "Pop0");
        }

        private static int Pushed(OpCode code)
        {
            return code.StackBehaviourPush.ToString().Split('_').Count(part => part.StartsWith("Push") && part != "Push0");
        }

        /// <summary>The type of what an instruction other than a call pushes.</summary>
        private TypeReference Type(Instruction instruction, TypeReference first)
        {
            object operand = instruction.Operand;
            switch (instruction.OpCode.Code)
            {
                case Code.Ldarg_0: return Argument(0);
                case Code.Ldarg_1: return Argument(1);
                case Code.Ldarg_2: return Argument(2);
                case Code.Ldarg_3: return Argument(3);
                case Code.Ldloc_0: return Local(0);
                case Code.Ldloc_1: return Local(1);
                case Code.Ldloc_2: return Local(2);
                case Code.Ldloc_3: return Local(3);
                case Code.Dup: return first;
                case Code.Ldstr: return method.Module.TypeSystem.String;
                case Code.Ldelem_Ref: return first != null && first.IsArray ? ((ArrayType)first).ElementType : null;
                case Code.Castclass:
                case Code.Isinst:
                case Code.Unbox_Any:
                case Code.Box:
                case Code.Ldobj:
                case Code.Ldelem_Any: return (TypeReference)operand;
                case Code.Newarr: return new ArrayType((TypeReference)operand);
            }
            if (operand is ParameterDefinition) return ((ParameterDefinition)operand).ParameterType;
            if (operand is VariableDefinition) return ((VariableDefinition)operand).VariableType;
            var field = operand as FieldReference;
            return field == null ? null : Filled(field.FieldType, field.DeclaringType as GenericInstanceType, null);
        }

        private TypeReference Argument(int index)
        {
            if (method.HasThis && index == 0) return method.DeclaringType;
            return method.Parameters[index - (method.HasThis ? 1 : 0)].ParameterType;
        }

        private TypeReference Local(int index)
        {
            return method.Body.Variables[index].VariableType;
        }

        private static TypeReference Given(MethodReference called)
        {
            return Filled(called.ReturnType, called.DeclaringType as GenericInstanceType, called as GenericInstanceMethod);
        }

        /// <summary>A type with the arguments of the type or method it is a parameter of.</summary>
        private static TypeReference Filled(TypeReference type, GenericInstanceType owner, GenericInstanceMethod made)
        {
            var parameter = type as GenericParameter;
            if (parameter == null) return type;
            if (parameter.Owner is MethodReference)
                return made == null ? type : made.GenericArguments[parameter.Position];
            return owner == null ? type : owner.GenericArguments[parameter.Position];
        }
    }
}
