using System.Globalization;
using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>What filters take as <c>attribute</c>: a name, an index, or several with dots between (<c>function.name</c>).</summary>
internal sealed class AttributePath
{
    private readonly Value[] _steps;

    public AttributePath(Value attribute) => _steps = attribute switch
    {
        TextValue text => [.. text.Text.Split('.').Select(StepOf)],
        IntegerValue => [attribute],
        UndefinedValue undefined => throw undefined.Fault(),
        _ => throw new ChatTemplateException($"An attribute is a name or an index, not a value of type {attribute.TypeName}."),
    };

    public Value Read(Value item, RenderContext context, Value? fallback = null)
    {
        var value = item;
        foreach (var step in _steps)
        {
            context.Charge();
            value = Members.Item(value, step, context);
            if (value is UndefinedValue && fallback is not null)
            {
                return fallback;
            }
        }

        return value;
    }

    private static Value StepOf(string part) =>
        part.Length > 0 && part.All(char.IsAsciiDigit) && Int128.TryParse(part, CultureInfo.InvariantCulture, out var index)
            ? new IntegerValue(index) : new TextValue(part);
}
