using System.Globalization;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Decimal rounding of the exact binary value, a true tie going to the even digit, as Python and C do it.</summary>
internal static class Rounding
{
    /// <param name="number">Finite.</param>
    /// <param name="digits">Behind the point; 0 or more.</param>
    public static string Fixed(double number, int digits)
    {
        var text = number.ToString($"F{digits}", CultureInfo.InvariantCulture);
        if (!IsTie(number, digits))
        {
            return text;
        }

        // .NET rounds a tie away from zero. When that made the last digit odd, the even one is the cut-off text.
        var cut = number.ToString($"F{digits + 1}", CultureInfo.InvariantCulture)[..^1].TrimEnd('.');
        return (text[^1] - '0') % 2 == 0 ? text : cut;
    }

    public static double Round(double number, int digits)
    {
        if (!double.IsFinite(number) || digits > 323)
        {
            return number;
        }

        if (digits >= 0)
        {
            return double.Parse(Fixed(number, digits), CultureInfo.InvariantCulture);
        }

        var scale = Math.Pow(10, -digits);
        return double.IsFinite(scale) ? Math.Round(number / scale, MidpointRounding.ToEven) * scale : 0;
    }

    private static bool IsTie(double number, int digits)
    {
        var exact = number.ToString($"F{digits + 1}", CultureInfo.InvariantCulture);

        // A tie has exactly one more digit, a five, so this many digits give the number back without rest.
        return exact[^1] == '5' && number.ToString($"F{digits + 40}", CultureInfo.InvariantCulture) == exact + new string('0', 39);
    }
}
