using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Requests;

/// <summary>Reads a text, its token ids, or a list of either.</summary>
internal static class PromptFields
{
    public static IReadOnlyList<Prompt> Read(JsonField field, int most)
    {
        var accepted = $"a text, a list of token ids, or a list of up to {most} of either, none of them empty";
        field.Required(accepted);
        if (!field.IsList)
        {
            return [new Prompt(field.Text(accepted, min: 1), null)];
        }

        using var items = field.Items(accepted, min: 1).GetEnumerator();
        _ = items.MoveNext();
        return items.Current.IsNumber
            ? [ReadTokens(field, accepted)]
            : [.. field.Items(accepted, 1, most).Select(item => item.IsList
                ? ReadTokens(item, accepted)
                : new Prompt(item.Required(accepted).Text(accepted, min: 1), null))];
    }

    private static Prompt ReadTokens(JsonField list, string accepted) => new(
        null, [.. list.Items(accepted, min: 1).Select(item => item.Required(accepted).Integer32(0, int.MaxValue)!.Value)]);
}
