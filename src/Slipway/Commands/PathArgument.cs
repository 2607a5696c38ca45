using System.CommandLine;

namespace Slipway.Commands;

/// <summary>Arguments that are paths. An empty one, of an unset variable in a script, is refused before anything happens.</summary>
internal static class PathArgument
{
    public static Argument<string> Create(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError($"{name} is ''; accepted is a path.");
            }
        });
        return argument;
    }
}
